"""The whole content, ours alone and then with a site's folder, loaded and proved by its cases."""

from pathlib import Path

from cds_service.content.knowledge import load_knowledge, load_sum
from cds_service.content.site.cause import blame_site
from cds_service.content.site.site import Site, load_site
from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.whole import prove_knowledge


def load_proved(root: Path, site_dir: Path | None) -> tuple[Knowledge, str]:
    """Return the content in force and what was proved of it; raise at the first that fails.

    Ours is proved alone first, so a proof that fails only in the sum is the site's to mend.
    """
    ours = load_knowledge(root)
    counts = prove_knowledge(ours, root)
    if site_dir is None:
        return ours, counts

    def prove(site: Site) -> tuple[Knowledge, str]:
        knowledge = load_sum(root, site)
        return knowledge, prove_knowledge(knowledge, root, site)

    return blame_site(load_site(site_dir, root), prove)
