"""The generated pages of docs/, by file name."""

from pathlib import Path

from cds_service.core.knowledge import Knowledge
from cds_service.workbench.proof.run import Content
from cds_service.workbench.proof.tracing import trace_content
from cds_service.workbench.review_pages.cards import cards_page
from cds_service.workbench.review_pages.traceability import traceability


def generated_pages(knowledge: Knowledge, root: Path) -> dict[str, str]:
    """Return the text of each page; `root` is the folder that `knowledge` was read from."""
    content = Content(knowledge, root)
    return {
        "cards.md": cards_page(content),
        "traceability.md": traceability(trace_content(content), knowledge),
    }
