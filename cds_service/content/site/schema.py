"""The shape of the files in a hospital's own folder; refuses to know what they change."""

from msgspec import Struct, field

from cds_service.content.files.schema import ConceptFile, File


class SiteIncludeFile(File, frozen=True):
    """The site's codes of one system."""

    system: str
    concept: list[ConceptFile]


class SiteComposeFile(File, frozen=True):
    """ValueSet.compose of a site's YAML file."""

    include: list[SiteIncludeFile]


class SiteCodesFile(File, frozen=True):
    """value-sets/<id>.yaml of a site."""

    compose: SiteComposeFile


class SiteRowFile(ConceptFile, frozen=True, kw_only=True):
    """One code of a list with its system."""

    system: str


class SiteRowsFile(File, frozen=True):
    """A CSV or FHIR JSON file after it was read: one row a code."""

    codes: list[SiteRowFile]


class FhirElement(Struct, frozen=True, rename="camel"):
    """The base of what is read of a FHIR ValueSet: what is not named here is passed over."""


class FhirExtension(FhirElement, frozen=True):
    """An extension that may say a concept's side, precision, role or site group."""

    url: str
    value_code: str | None = None


class FhirConcept(FhirElement, frozen=True):
    """ValueSet.compose.include.concept, or a member of an expansion."""

    code: str | None = None
    display: str | None = None
    system: str | None = None
    abstract: bool = False
    extension: tuple[FhirExtension, ...] = ()
    contains: "tuple[FhirConcept, ...]" = ()


class FhirInclude(FhirElement, frozen=True):
    """ValueSet.compose.include."""

    system: str | None = None
    concept: tuple[FhirConcept, ...] = ()


class FhirCompose(FhirElement, frozen=True):
    """ValueSet.compose."""

    include: tuple[FhirInclude, ...] = ()
    exclude: tuple[FhirInclude, ...] = ()


class FhirExpansion(FhirElement, frozen=True):
    """ValueSet.expansion; `total` counts all members, also those that are not listed."""

    contains: tuple[FhirConcept, ...] = ()
    total: str | None = None


class FhirValueSet(FhirElement, frozen=True):
    """A FHIR ValueSet as far as it lists codes."""

    resource_type: str
    compose: FhirCompose = field(default_factory=FhirCompose)
    expansion: FhirExpansion | None = None
