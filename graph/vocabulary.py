"""The terms that code may name: closed sets of constants, so that a misspelt term fails at import.

IRIs as plain `str`; `node(AMBIT.OPEN)` gives the RDF term. A test holds `AMBIT` against `ontology/*.ttl`,
both ways.
"""

from functools import cache
from typing import Final

from .terms import NamedNode


class AMBIT:
    """Ambit's own terms: what stands in `ontology/*.ttl`, and nothing else.

    A property whose name is also a class's ends in `_HINT` (beside a mapping) or `_ROLE` (what a run used).
    """

    NAMESPACE: Final[str] = "https://w3id.org/ambit#"

    # what there is
    SOURCE: Final[str] = "https://w3id.org/ambit#Source"
    FOLDER: Final[str] = "https://w3id.org/ambit#Folder"
    DATABASE: Final[str] = "https://w3id.org/ambit#Database"
    SYSTEM_SOURCE: Final[str] = "https://w3id.org/ambit#SystemSource"
    RECORD: Final[str] = "https://w3id.org/ambit#Record"
    COMPARTMENT: Final[str] = "https://w3id.org/ambit#Compartment"
    PAGE: Final[str] = "https://w3id.org/ambit#Page"
    LOCATION: Final[str] = "https://w3id.org/ambit#location"
    TEXT: Final[str] = "https://w3id.org/ambit#text"
    GOVERNS: Final[str] = "https://w3id.org/ambit#governs"

    # a compartment's label
    COMES_FROM: Final[str] = "https://w3id.org/ambit#comesFrom"
    HAS_SENSITIVITY: Final[str] = "https://w3id.org/ambit#hasSensitivity"
    HAS_JURISDICTION: Final[str] = "https://w3id.org/ambit#hasJurisdiction"
    HAS_AUDIENCE: Final[str] = "https://w3id.org/ambit#hasAudience"

    # label hints, beside a mapping and among a graph's facts
    SENSITIVITY_HINT: Final[str] = "https://w3id.org/ambit#sensitivity"
    JURISDICTION_HINT: Final[str] = "https://w3id.org/ambit#jurisdiction"
    COUNTRY: Final[str] = "https://w3id.org/ambit#country"
    COUNTRY_OF: Final[str] = "https://w3id.org/ambit#countryOf"
    ANCHOR: Final[str] = "https://w3id.org/ambit#anchor"
    SAYS: Final[str] = "https://w3id.org/ambit#says"

    # Ambit's own sources
    PROVENANCE: Final[str] = "https://w3id.org/ambit#Provenance"
    LEDGER: Final[str] = "https://w3id.org/ambit#Ledger"
    FINDINGS: Final[str] = "https://w3id.org/ambit#Findings"
    QUARANTINE: Final[str] = "https://w3id.org/ambit#Quarantine"
    RULES: Final[str] = "https://w3id.org/ambit#Rules"
    ONTOLOGY: Final[str] = "https://w3id.org/ambit#Ontology"
    GOVERNANCE: Final[str] = "https://w3id.org/ambit#Governance"
    WRITES: Final[str] = "https://w3id.org/ambit#Writes"
    ENTAILMENT: Final[str] = "https://w3id.org/ambit#Entailment"

    # people, agents, and the relations that lead from anchors to them
    AGENT: Final[str] = "https://w3id.org/ambit#Agent"
    SERVER: Final[str] = "https://w3id.org/ambit#Server"
    ANONYMOUS: Final[str] = "https://w3id.org/ambit#Anonymous"
    ADMINISTRATORS: Final[str] = "https://w3id.org/ambit#Administrators"
    EVERYBODY: Final[str] = "https://w3id.org/ambit#Everybody"
    IS_OWNED_BY: Final[str] = "https://w3id.org/ambit#isOwnedBy"
    IS_SHARED_WITH: Final[str] = "https://w3id.org/ambit#isSharedWith"
    IS_ASSIGNED_TO: Final[str] = "https://w3id.org/ambit#isAssignedTo"
    MEMBER_OF_ALL: Final[str] = "https://w3id.org/ambit#memberOfAll"
    REPORTS_TO_ALL: Final[str] = "https://w3id.org/ambit#reportsToAll"
    IS_REGISTERED_FOR: Final[str] = "https://w3id.org/ambit#isRegisteredFor"
    READS_SOURCE: Final[str] = "https://w3id.org/ambit#readsSource"
    READS_SENSITIVITY: Final[str] = "https://w3id.org/ambit#readsSensitivity"
    REVOKES: Final[str] = "https://w3id.org/ambit#revokes"
    REVOCATION: Final[str] = "https://w3id.org/ambit#Revocation"
    EXPIRES: Final[str] = "https://w3id.org/ambit#expires"

    # sensitivities
    SENSITIVITY: Final[str] = "https://w3id.org/ambit#Sensitivity"
    IS_OPEN_TO: Final[str] = "https://w3id.org/ambit#isOpenTo"
    OPEN: Final[str] = "https://w3id.org/ambit#Open"
    INTERNAL: Final[str] = "https://w3id.org/ambit#Internal"
    PERSONAL: Final[str] = "https://w3id.org/ambit#Personal"
    PAYMENT: Final[str] = "https://w3id.org/ambit#Payment"
    HEALTH: Final[str] = "https://w3id.org/ambit#Health"
    CONFIDENTIAL: Final[str] = "https://w3id.org/ambit#Confidential"

    # purposes
    ANY_PURPOSE: Final[str] = "https://w3id.org/ambit#AnyPurpose"
    NO_PURPOSE: Final[str] = "https://w3id.org/ambit#NoPurpose"
    ADMINISTRATION: Final[str] = "https://w3id.org/ambit#Administration"
    INDEXING: Final[str] = "https://w3id.org/ambit#Indexing"

    # jurisdictions
    JURISDICTION: Final[str] = "https://w3id.org/ambit#Jurisdiction"
    COVERS_COUNTRY: Final[str] = "https://w3id.org/ambit#coversCountry"
    FINDS_ADEQUATE: Final[str] = "https://w3id.org/ambit#findsAdequate"
    EU: Final[str] = "https://w3id.org/ambit#EU"
    US: Final[str] = "https://w3id.org/ambit#US"
    CA: Final[str] = "https://w3id.org/ambit#CA"
    US_HEALTH: Final[str] = "https://w3id.org/ambit#USHealth"

    # rules and approvals
    RULE: Final[str] = "https://w3id.org/ambit#Rule"
    EFFECT: Final[str] = "https://w3id.org/ambit#effect"
    FAMILY: Final[str] = "https://w3id.org/ambit#family"
    ACTION: Final[str] = "https://w3id.org/ambit#action"
    READS: Final[str] = "https://w3id.org/ambit#reads"
    IS_OVER: Final[str] = "https://w3id.org/ambit#isOver"
    PUBLIC: Final[str] = "https://w3id.org/ambit#public"
    QUERY: Final[str] = "https://w3id.org/ambit#query"
    APPROVAL: Final[str] = "https://w3id.org/ambit#Approval"
    IS_GRANTED_TO: Final[str] = "https://w3id.org/ambit#isGrantedTo"
    APPROVES: Final[str] = "https://w3id.org/ambit#approves"
    IS_FOR: Final[str] = "https://w3id.org/ambit#isFor"

    # places of computing
    SITE: Final[str] = "https://w3id.org/ambit#Site"
    SERVER_SITE: Final[str] = "https://w3id.org/ambit#ServerSite"
    ACCELERATOR: Final[str] = "https://w3id.org/ambit#accelerator"
    MODEL: Final[str] = "https://w3id.org/ambit#Model"
    MODEL_VERSION: Final[str] = "https://w3id.org/ambit#ModelVersion"
    TASK: Final[str] = "https://w3id.org/ambit#Task"
    EMBEDDING: Final[str] = "https://w3id.org/ambit#Embedding"
    CLASSIFICATION: Final[str] = "https://w3id.org/ambit#Classification"
    DEPLOYMENT: Final[str] = "https://w3id.org/ambit#Deployment"
    IS_VERSION_OF: Final[str] = "https://w3id.org/ambit#isVersionOf"
    CONTENT_HASH: Final[str] = "https://w3id.org/ambit#contentHash"
    SUPPORTS: Final[str] = "https://w3id.org/ambit#supports"
    DEPLOYS: Final[str] = "https://w3id.org/ambit#deploys"
    RUNS_AT: Final[str] = "https://w3id.org/ambit#runsAt"
    DEVICE: Final[str] = "https://w3id.org/ambit#device"
    ENGINE: Final[str] = "https://w3id.org/ambit#engine"
    COST: Final[str] = "https://w3id.org/ambit#cost"
    LOAD: Final[str] = "https://w3id.org/ambit#load"
    LATENCY: Final[str] = "https://w3id.org/ambit#latency"

    # findings
    FINDING: Final[str] = "https://w3id.org/ambit#Finding"
    CODE: Final[str] = "https://w3id.org/ambit#code"
    ABOUT: Final[str] = "https://w3id.org/ambit#about"
    EVIDENCE: Final[str] = "https://w3id.org/ambit#evidence"

    # runs
    RUN: Final[str] = "https://w3id.org/ambit#Run"
    STEP: Final[str] = "https://w3id.org/ambit#Step"
    DECISION: Final[str] = "https://w3id.org/ambit#Decision"
    USER: Final[str] = "https://w3id.org/ambit#user"
    AGENT_ROLE: Final[str] = "https://w3id.org/ambit#agent"
    PURPOSE: Final[str] = "https://w3id.org/ambit#purpose"
    DECISION_ROLE: Final[str] = "https://w3id.org/ambit#decision"
    DECIDED_BY: Final[str] = "https://w3id.org/ambit#decidedBy"
    HANDED: Final[str] = "https://w3id.org/ambit#handed"
    TOUCHED: Final[str] = "https://w3id.org/ambit#touched"
    CLEARED: Final[str] = "https://w3id.org/ambit#cleared"
    STEP_ROLE: Final[str] = "https://w3id.org/ambit#step"
    DEPLOYMENT_ROLE: Final[str] = "https://w3id.org/ambit#deployment"
    SITE_ROLE: Final[str] = "https://w3id.org/ambit#site"
    VERSION: Final[str] = "https://w3id.org/ambit#version"
    TASK_ROLE: Final[str] = "https://w3id.org/ambit#task"
    COUNT: Final[str] = "https://w3id.org/ambit#count"
    QUERY_TEXT: Final[str] = "https://w3id.org/ambit#queryText"
    RESULT_HASH: Final[str] = "https://w3id.org/ambit#resultHash"
    STATUS: Final[str] = "https://w3id.org/ambit#status"
    REVISION: Final[str] = "https://w3id.org/ambit#revision"


class RDF:
    """RDF 1.1."""

    NAMESPACE: Final[str] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
    TYPE: Final[str] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#type"
    FIRST: Final[str] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#first"
    REST: Final[str] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#rest"
    NIL: Final[str] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#nil"
    LIST: Final[str] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#List"
    LANG_STRING: Final[str] = "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString"


class RDFS:
    """RDF Schema 1.1."""

    NAMESPACE: Final[str] = "http://www.w3.org/2000/01/rdf-schema#"
    LABEL: Final[str] = "http://www.w3.org/2000/01/rdf-schema#label"
    COMMENT: Final[str] = "http://www.w3.org/2000/01/rdf-schema#comment"
    IS_DEFINED_BY: Final[str] = "http://www.w3.org/2000/01/rdf-schema#isDefinedBy"
    SEE_ALSO: Final[str] = "http://www.w3.org/2000/01/rdf-schema#seeAlso"
    SUB_CLASS_OF: Final[str] = "http://www.w3.org/2000/01/rdf-schema#subClassOf"
    SUB_PROPERTY_OF: Final[str] = "http://www.w3.org/2000/01/rdf-schema#subPropertyOf"
    DOMAIN: Final[str] = "http://www.w3.org/2000/01/rdf-schema#domain"
    RANGE: Final[str] = "http://www.w3.org/2000/01/rdf-schema#range"
    CLASS: Final[str] = "http://www.w3.org/2000/01/rdf-schema#Class"
    RESOURCE: Final[str] = "http://www.w3.org/2000/01/rdf-schema#Resource"
    LITERAL: Final[str] = "http://www.w3.org/2000/01/rdf-schema#Literal"
    DATATYPE: Final[str] = "http://www.w3.org/2000/01/rdf-schema#Datatype"


class OWL:
    """OWL 2."""

    NAMESPACE: Final[str] = "http://www.w3.org/2002/07/owl#"
    CLASS: Final[str] = "http://www.w3.org/2002/07/owl#Class"
    OBJECT_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#ObjectProperty"
    DATATYPE_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#DatatypeProperty"
    ANNOTATION_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#AnnotationProperty"
    FUNCTIONAL_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#FunctionalProperty"
    SYMMETRIC_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#SymmetricProperty"
    TRANSITIVE_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#TransitiveProperty"
    NAMED_INDIVIDUAL: Final[str] = "http://www.w3.org/2002/07/owl#NamedIndividual"
    ONTOLOGY: Final[str] = "http://www.w3.org/2002/07/owl#Ontology"
    RESTRICTION: Final[str] = "http://www.w3.org/2002/07/owl#Restriction"
    THING: Final[str] = "http://www.w3.org/2002/07/owl#Thing"
    NOTHING: Final[str] = "http://www.w3.org/2002/07/owl#Nothing"
    EQUIVALENT_CLASS: Final[str] = "http://www.w3.org/2002/07/owl#equivalentClass"
    EQUIVALENT_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#equivalentProperty"
    INVERSE_OF: Final[str] = "http://www.w3.org/2002/07/owl#inverseOf"
    ON_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#onProperty"
    HAS_VALUE: Final[str] = "http://www.w3.org/2002/07/owl#hasValue"
    ONE_OF: Final[str] = "http://www.w3.org/2002/07/owl#oneOf"
    UNION_OF: Final[str] = "http://www.w3.org/2002/07/owl#unionOf"
    INTERSECTION_OF: Final[str] = "http://www.w3.org/2002/07/owl#intersectionOf"
    DISJOINT_WITH: Final[str] = "http://www.w3.org/2002/07/owl#disjointWith"
    SAME_AS: Final[str] = "http://www.w3.org/2002/07/owl#sameAs"
    DIFFERENT_FROM: Final[str] = "http://www.w3.org/2002/07/owl#differentFrom"
    IMPORTS: Final[str] = "http://www.w3.org/2002/07/owl#imports"
    VERSION_INFO: Final[str] = "http://www.w3.org/2002/07/owl#versionInfo"
    VERSION_IRI: Final[str] = "http://www.w3.org/2002/07/owl#versionIRI"
    DEPRECATED: Final[str] = "http://www.w3.org/2002/07/owl#deprecated"
    PROPERTY_CHAIN_AXIOM: Final[str] = "http://www.w3.org/2002/07/owl#propertyChainAxiom"
    ALL_VALUES_FROM: Final[str] = "http://www.w3.org/2002/07/owl#allValuesFrom"
    SOME_VALUES_FROM: Final[str] = "http://www.w3.org/2002/07/owl#someValuesFrom"
    ON_DATATYPE: Final[str] = "http://www.w3.org/2002/07/owl#onDatatype"
    WITH_RESTRICTIONS: Final[str] = "http://www.w3.org/2002/07/owl#withRestrictions"
    INVERSE_FUNCTIONAL_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#InverseFunctionalProperty"
    ASYMMETRIC_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#AsymmetricProperty"
    IRREFLEXIVE_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#IrreflexiveProperty"
    COMPLEMENT_OF: Final[str] = "http://www.w3.org/2002/07/owl#complementOf"
    PROPERTY_DISJOINT_WITH: Final[str] = "http://www.w3.org/2002/07/owl#propertyDisjointWith"
    ALL_DISJOINT_CLASSES: Final[str] = "http://www.w3.org/2002/07/owl#AllDisjointClasses"
    ALL_DISJOINT_PROPERTIES: Final[str] = "http://www.w3.org/2002/07/owl#AllDisjointProperties"
    ALL_DIFFERENT: Final[str] = "http://www.w3.org/2002/07/owl#AllDifferent"
    MEMBERS: Final[str] = "http://www.w3.org/2002/07/owl#members"
    DISTINCT_MEMBERS: Final[str] = "http://www.w3.org/2002/07/owl#distinctMembers"
    HAS_KEY: Final[str] = "http://www.w3.org/2002/07/owl#hasKey"
    ON_CLASS: Final[str] = "http://www.w3.org/2002/07/owl#onClass"
    MAX_CARDINALITY: Final[str] = "http://www.w3.org/2002/07/owl#maxCardinality"
    MAX_QUALIFIED_CARDINALITY: Final[str] = "http://www.w3.org/2002/07/owl#maxQualifiedCardinality"
    SOURCE_INDIVIDUAL: Final[str] = "http://www.w3.org/2002/07/owl#sourceIndividual"
    ASSERTION_PROPERTY: Final[str] = "http://www.w3.org/2002/07/owl#assertionProperty"
    TARGET_INDIVIDUAL: Final[str] = "http://www.w3.org/2002/07/owl#targetIndividual"
    TARGET_VALUE: Final[str] = "http://www.w3.org/2002/07/owl#targetValue"


class SKOS:
    """SKOS."""

    NAMESPACE: Final[str] = "http://www.w3.org/2004/02/skos/core#"
    CONCEPT: Final[str] = "http://www.w3.org/2004/02/skos/core#Concept"
    CONCEPT_SCHEME: Final[str] = "http://www.w3.org/2004/02/skos/core#ConceptScheme"
    PREF_LABEL: Final[str] = "http://www.w3.org/2004/02/skos/core#prefLabel"
    ALT_LABEL: Final[str] = "http://www.w3.org/2004/02/skos/core#altLabel"
    DEFINITION: Final[str] = "http://www.w3.org/2004/02/skos/core#definition"
    BROADER: Final[str] = "http://www.w3.org/2004/02/skos/core#broader"
    NARROWER: Final[str] = "http://www.w3.org/2004/02/skos/core#narrower"
    BROADER_TRANSITIVE: Final[str] = "http://www.w3.org/2004/02/skos/core#broaderTransitive"
    IN_SCHEME: Final[str] = "http://www.w3.org/2004/02/skos/core#inScheme"
    TOP_CONCEPT_OF: Final[str] = "http://www.w3.org/2004/02/skos/core#topConceptOf"
    HAS_TOP_CONCEPT: Final[str] = "http://www.w3.org/2004/02/skos/core#hasTopConcept"
    NOTE: Final[str] = "http://www.w3.org/2004/02/skos/core#note"
    SCOPE_NOTE: Final[str] = "http://www.w3.org/2004/02/skos/core#scopeNote"


class PROV:
    """PROV-O."""

    NAMESPACE: Final[str] = "http://www.w3.org/ns/prov#"
    ACTIVITY: Final[str] = "http://www.w3.org/ns/prov#Activity"
    AGENT: Final[str] = "http://www.w3.org/ns/prov#Agent"
    ENTITY: Final[str] = "http://www.w3.org/ns/prov#Entity"
    PERSON: Final[str] = "http://www.w3.org/ns/prov#Person"
    SOFTWARE_AGENT: Final[str] = "http://www.w3.org/ns/prov#SoftwareAgent"
    ORGANIZATION: Final[str] = "http://www.w3.org/ns/prov#Organization"
    ASSOCIATION: Final[str] = "http://www.w3.org/ns/prov#Association"
    PLAN: Final[str] = "http://www.w3.org/ns/prov#Plan"
    STARTED_AT_TIME: Final[str] = "http://www.w3.org/ns/prov#startedAtTime"
    ENDED_AT_TIME: Final[str] = "http://www.w3.org/ns/prov#endedAtTime"
    WAS_ASSOCIATED_WITH: Final[str] = "http://www.w3.org/ns/prov#wasAssociatedWith"
    ACTED_ON_BEHALF_OF: Final[str] = "http://www.w3.org/ns/prov#actedOnBehalfOf"
    WAS_DERIVED_FROM: Final[str] = "http://www.w3.org/ns/prov#wasDerivedFrom"
    WAS_GENERATED_BY: Final[str] = "http://www.w3.org/ns/prov#wasGeneratedBy"
    GENERATED: Final[str] = "http://www.w3.org/ns/prov#generated"
    USED: Final[str] = "http://www.w3.org/ns/prov#used"
    HAD_PRIMARY_SOURCE: Final[str] = "http://www.w3.org/ns/prov#hadPrimarySource"
    WAS_INFORMED_BY: Final[str] = "http://www.w3.org/ns/prov#wasInformedBy"
    WAS_STARTED_BY: Final[str] = "http://www.w3.org/ns/prov#wasStartedBy"
    WAS_INFLUENCED_BY: Final[str] = "http://www.w3.org/ns/prov#wasInfluencedBy"
    WAS_ATTRIBUTED_TO: Final[str] = "http://www.w3.org/ns/prov#wasAttributedTo"
    HAD_PLAN: Final[str] = "http://www.w3.org/ns/prov#hadPlan"
    QUALIFIED_ASSOCIATION: Final[str] = "http://www.w3.org/ns/prov#qualifiedAssociation"
    GENERATED_AT_TIME: Final[str] = "http://www.w3.org/ns/prov#generatedAtTime"
    VALUE: Final[str] = "http://www.w3.org/ns/prov#value"


class ORG:
    """The organization ontology."""

    NAMESPACE: Final[str] = "http://www.w3.org/ns/org#"
    ORGANIZATION: Final[str] = "http://www.w3.org/ns/org#Organization"
    ORGANIZATIONAL_UNIT: Final[str] = "http://www.w3.org/ns/org#OrganizationalUnit"
    MEMBER_OF: Final[str] = "http://www.w3.org/ns/org#memberOf"
    HAS_MEMBER: Final[str] = "http://www.w3.org/ns/org#hasMember"
    REPORTS_TO: Final[str] = "http://www.w3.org/ns/org#reportsTo"
    SUB_ORGANIZATION_OF: Final[str] = "http://www.w3.org/ns/org#subOrganizationOf"
    HAS_SUB_ORGANIZATION: Final[str] = "http://www.w3.org/ns/org#hasSubOrganization"
    UNIT_OF: Final[str] = "http://www.w3.org/ns/org#unitOf"
    HAS_UNIT: Final[str] = "http://www.w3.org/ns/org#hasUnit"


class DPV:
    """Data Privacy Vocabulary 2."""

    NAMESPACE: Final[str] = "https://w3id.org/dpv#"
    PURPOSE: Final[str] = "https://w3id.org/dpv#Purpose"
    PERSONAL_DATA: Final[str] = "https://w3id.org/dpv#PersonalData"
    DATA_SUBJECT: Final[str] = "https://w3id.org/dpv#DataSubject"
    HAS_PURPOSE: Final[str] = "https://w3id.org/dpv#hasPurpose"
    HAS_PERSONAL_DATA: Final[str] = "https://w3id.org/dpv#hasPersonalData"


class DCTERMS:
    """DCMI terms."""

    NAMESPACE: Final[str] = "http://purl.org/dc/terms/"
    TITLE: Final[str] = "http://purl.org/dc/terms/title"
    DESCRIPTION: Final[str] = "http://purl.org/dc/terms/description"
    IDENTIFIER: Final[str] = "http://purl.org/dc/terms/identifier"
    CREATED: Final[str] = "http://purl.org/dc/terms/created"
    MODIFIED: Final[str] = "http://purl.org/dc/terms/modified"
    REFERENCES: Final[str] = "http://purl.org/dc/terms/references"
    REPLACES: Final[str] = "http://purl.org/dc/terms/replaces"
    IS_REPLACED_BY: Final[str] = "http://purl.org/dc/terms/isReplacedBy"
    IS_PART_OF: Final[str] = "http://purl.org/dc/terms/isPartOf"
    HAS_PART: Final[str] = "http://purl.org/dc/terms/hasPart"
    SOURCE: Final[str] = "http://purl.org/dc/terms/source"
    CREATOR: Final[str] = "http://purl.org/dc/terms/creator"
    LANGUAGE: Final[str] = "http://purl.org/dc/terms/language"
    FORMAT: Final[str] = "http://purl.org/dc/terms/format"
    SUBJECT: Final[str] = "http://purl.org/dc/terms/subject"


class DCAT:
    """DCAT 3."""

    NAMESPACE: Final[str] = "http://www.w3.org/ns/dcat#"
    CATALOG: Final[str] = "http://www.w3.org/ns/dcat#Catalog"
    DATASET: Final[str] = "http://www.w3.org/ns/dcat#Dataset"
    DISTRIBUTION: Final[str] = "http://www.w3.org/ns/dcat#Distribution"
    RESOURCE: Final[str] = "http://www.w3.org/ns/dcat#Resource"
    DATA_SERVICE: Final[str] = "http://www.w3.org/ns/dcat#DataService"


class FOAF:
    """FOAF."""

    NAMESPACE: Final[str] = "http://xmlns.com/foaf/0.1/"
    PERSON: Final[str] = "http://xmlns.com/foaf/0.1/Person"
    GROUP: Final[str] = "http://xmlns.com/foaf/0.1/Group"
    AGENT: Final[str] = "http://xmlns.com/foaf/0.1/Agent"
    ORGANIZATION: Final[str] = "http://xmlns.com/foaf/0.1/Organization"
    NAME: Final[str] = "http://xmlns.com/foaf/0.1/name"
    MBOX: Final[str] = "http://xmlns.com/foaf/0.1/mbox"
    MEMBER: Final[str] = "http://xmlns.com/foaf/0.1/member"


class SH:
    """SHACL."""

    NAMESPACE: Final[str] = "http://www.w3.org/ns/shacl#"
    NODE_SHAPE: Final[str] = "http://www.w3.org/ns/shacl#NodeShape"
    PROPERTY_SHAPE: Final[str] = "http://www.w3.org/ns/shacl#PropertyShape"
    VALIDATION_REPORT: Final[str] = "http://www.w3.org/ns/shacl#ValidationReport"
    VALIDATION_RESULT: Final[str] = "http://www.w3.org/ns/shacl#ValidationResult"
    CONFORMS: Final[str] = "http://www.w3.org/ns/shacl#conforms"
    RESULT: Final[str] = "http://www.w3.org/ns/shacl#result"
    FOCUS_NODE: Final[str] = "http://www.w3.org/ns/shacl#focusNode"
    RESULT_PATH: Final[str] = "http://www.w3.org/ns/shacl#resultPath"
    VALUE: Final[str] = "http://www.w3.org/ns/shacl#value"
    SOURCE_SHAPE: Final[str] = "http://www.w3.org/ns/shacl#sourceShape"
    SOURCE_CONSTRAINT_COMPONENT: Final[str] = "http://www.w3.org/ns/shacl#sourceConstraintComponent"
    RESULT_SEVERITY: Final[str] = "http://www.w3.org/ns/shacl#resultSeverity"
    RESULT_MESSAGE: Final[str] = "http://www.w3.org/ns/shacl#resultMessage"
    VIOLATION: Final[str] = "http://www.w3.org/ns/shacl#Violation"
    WARNING: Final[str] = "http://www.w3.org/ns/shacl#Warning"
    INFO: Final[str] = "http://www.w3.org/ns/shacl#Info"
    TARGET_CLASS: Final[str] = "http://www.w3.org/ns/shacl#targetClass"
    TARGET_NODE: Final[str] = "http://www.w3.org/ns/shacl#targetNode"
    TARGET_SUBJECTS_OF: Final[str] = "http://www.w3.org/ns/shacl#targetSubjectsOf"
    TARGET_OBJECTS_OF: Final[str] = "http://www.w3.org/ns/shacl#targetObjectsOf"
    PROPERTY: Final[str] = "http://www.w3.org/ns/shacl#property"
    PATH: Final[str] = "http://www.w3.org/ns/shacl#path"
    NODE: Final[str] = "http://www.w3.org/ns/shacl#node"
    DATATYPE: Final[str] = "http://www.w3.org/ns/shacl#datatype"
    MIN_COUNT: Final[str] = "http://www.w3.org/ns/shacl#minCount"
    MAX_COUNT: Final[str] = "http://www.w3.org/ns/shacl#maxCount"
    PATTERN: Final[str] = "http://www.w3.org/ns/shacl#pattern"
    NAME: Final[str] = "http://www.w3.org/ns/shacl#name"
    DESCRIPTION: Final[str] = "http://www.w3.org/ns/shacl#description"
    ORDER: Final[str] = "http://www.w3.org/ns/shacl#order"
    CLASS: Final[str] = "http://www.w3.org/ns/shacl#class"
    IN: Final[str] = "http://www.w3.org/ns/shacl#in"
    NODE_KIND: Final[str] = "http://www.w3.org/ns/shacl#nodeKind"
    SEVERITY: Final[str] = "http://www.w3.org/ns/shacl#severity"
    MESSAGE: Final[str] = "http://www.w3.org/ns/shacl#message"
    DEACTIVATED: Final[str] = "http://www.w3.org/ns/shacl#deactivated"


class RR:
    """R2RML."""

    NAMESPACE: Final[str] = "http://www.w3.org/ns/r2rml#"
    TRIPLES_MAP: Final[str] = "http://www.w3.org/ns/r2rml#TriplesMap"
    LOGICAL_TABLE: Final[str] = "http://www.w3.org/ns/r2rml#logicalTable"
    TABLE_NAME: Final[str] = "http://www.w3.org/ns/r2rml#tableName"
    SQL_QUERY: Final[str] = "http://www.w3.org/ns/r2rml#sqlQuery"
    SUBJECT_MAP: Final[str] = "http://www.w3.org/ns/r2rml#subjectMap"
    PREDICATE_OBJECT_MAP: Final[str] = "http://www.w3.org/ns/r2rml#predicateObjectMap"
    PREDICATE: Final[str] = "http://www.w3.org/ns/r2rml#predicate"
    PREDICATE_MAP: Final[str] = "http://www.w3.org/ns/r2rml#predicateMap"
    OBJECT: Final[str] = "http://www.w3.org/ns/r2rml#object"
    OBJECT_MAP: Final[str] = "http://www.w3.org/ns/r2rml#objectMap"
    TEMPLATE: Final[str] = "http://www.w3.org/ns/r2rml#template"
    COLUMN: Final[str] = "http://www.w3.org/ns/r2rml#column"
    CONSTANT: Final[str] = "http://www.w3.org/ns/r2rml#constant"
    CLASS: Final[str] = "http://www.w3.org/ns/r2rml#class"
    DATATYPE: Final[str] = "http://www.w3.org/ns/r2rml#datatype"
    LANGUAGE: Final[str] = "http://www.w3.org/ns/r2rml#language"
    TERM_TYPE: Final[str] = "http://www.w3.org/ns/r2rml#termType"
    IRI: Final[str] = "http://www.w3.org/ns/r2rml#IRI"
    LITERAL: Final[str] = "http://www.w3.org/ns/r2rml#Literal"
    BLANK_NODE: Final[str] = "http://www.w3.org/ns/r2rml#BlankNode"
    PARENT_TRIPLES_MAP: Final[str] = "http://www.w3.org/ns/r2rml#parentTriplesMap"
    JOIN_CONDITION: Final[str] = "http://www.w3.org/ns/r2rml#joinCondition"
    CHILD: Final[str] = "http://www.w3.org/ns/r2rml#child"
    PARENT: Final[str] = "http://www.w3.org/ns/r2rml#parent"
    REF_OBJECT_MAP: Final[str] = "http://www.w3.org/ns/r2rml#RefObjectMap"
    GRAPH: Final[str] = "http://www.w3.org/ns/r2rml#graph"
    GRAPH_MAP: Final[str] = "http://www.w3.org/ns/r2rml#graphMap"
    SUBJECT: Final[str] = "http://www.w3.org/ns/r2rml#subject"


class RML:
    """RML's logical sources."""

    NAMESPACE: Final[str] = "http://semweb.mmlab.be/ns/rml#"
    LOGICAL_SOURCE: Final[str] = "http://semweb.mmlab.be/ns/rml#logicalSource"
    SOURCE: Final[str] = "http://semweb.mmlab.be/ns/rml#source"
    REFERENCE_FORMULATION: Final[str] = "http://semweb.mmlab.be/ns/rml#referenceFormulation"
    ITERATOR: Final[str] = "http://semweb.mmlab.be/ns/rml#iterator"
    REFERENCE: Final[str] = "http://semweb.mmlab.be/ns/rml#reference"


class XSD:
    """XML Schema datatypes 1.1."""

    NAMESPACE: Final[str] = "http://www.w3.org/2001/XMLSchema#"
    STRING: Final[str] = "http://www.w3.org/2001/XMLSchema#string"
    BOOLEAN: Final[str] = "http://www.w3.org/2001/XMLSchema#boolean"
    INTEGER: Final[str] = "http://www.w3.org/2001/XMLSchema#integer"
    DECIMAL: Final[str] = "http://www.w3.org/2001/XMLSchema#decimal"
    DOUBLE: Final[str] = "http://www.w3.org/2001/XMLSchema#double"
    FLOAT: Final[str] = "http://www.w3.org/2001/XMLSchema#float"
    DATE_TIME: Final[str] = "http://www.w3.org/2001/XMLSchema#dateTime"
    DATE: Final[str] = "http://www.w3.org/2001/XMLSchema#date"
    TIME: Final[str] = "http://www.w3.org/2001/XMLSchema#time"
    ANY_URI: Final[str] = "http://www.w3.org/2001/XMLSchema#anyURI"
    G_YEAR: Final[str] = "http://www.w3.org/2001/XMLSchema#gYear"
    DURATION: Final[str] = "http://www.w3.org/2001/XMLSchema#duration"
    DAY_TIME_DURATION: Final[str] = "http://www.w3.org/2001/XMLSchema#dayTimeDuration"
    LONG: Final[str] = "http://www.w3.org/2001/XMLSchema#long"
    INT: Final[str] = "http://www.w3.org/2001/XMLSchema#int"
    NON_NEGATIVE_INTEGER: Final[str] = "http://www.w3.org/2001/XMLSchema#nonNegativeInteger"
    POSITIVE_INTEGER: Final[str] = "http://www.w3.org/2001/XMLSchema#positiveInteger"
    HEX_BINARY: Final[str] = "http://www.w3.org/2001/XMLSchema#hexBinary"
    BASE64BINARY: Final[str] = "http://www.w3.org/2001/XMLSchema#base64Binary"
    LANGUAGE: Final[str] = "http://www.w3.org/2001/XMLSchema#language"


@cache
def node(iri: str) -> NamedNode:
    """The RDF term of a constant."""
    return NamedNode(iri)
