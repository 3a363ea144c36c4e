"""Every coordinate is classified, and what is sensitive can be hidden."""

import enum

import pytest
import strawberry
from django.core.management import call_command
from graphql import ObjectTypeDefinitionNode, parse

from domains.customers.models import Customer
from gateway.classification import Classification
from gateway.declaration import column, entity, lookup
from gateway.planning.columns import UnplannableField
from gateway.planning.mapping import SchemaMapping
from schema.root import gateway, schema


def test_every_coordinate_of_every_entity_carries_a_classification_in_the_printed_schema() -> None:
    entities = gateway().planner.mapping.entities
    checked = 0
    for definition in parse(schema().as_str()).definitions:
        if isinstance(definition, ObjectTypeDefinitionNode) and definition.name.value in entities:
            for field in definition.fields:
                names = [directive.name.value for directive in field.directives]
                assert "classified" in names, f"{definition.name.value}.{field.name.value}"
                checked += 1
    assert checked == sum(len(entity.fields) for entity in entities.values()) > 100


def test_no_sensitive_coordinate_is_non_null() -> None:
    for field in gateway().planner.mapping.fields.values():
        assert field.spec.classification is Classification.PUBLIC or not field.non_null, field.coordinate


def test_a_field_without_a_declaration_stops_the_start() -> None:
    @entity(Customer, name="Bare", description="A type whose field nobody classified.", subject="id")
    class Bare:
        full_name: str = strawberry.field(description="Undeclared.")

    @strawberry.type
    class Query:
        bare: Bare | None = lookup("One.", arguments={"id": strawberry.ID})

    with pytest.raises(UnplannableField, match=r"Bare\.fullName has no declaration"):
        SchemaMapping(strawberry.Schema(Query)._schema)


def test_a_sensitive_field_that_is_non_null_stops_the_start() -> None:
    @entity(Customer, name="Open", description="A type that promises what must be hideable.", subject="id")
    class Open:
        full_name: str = column(Classification.PERSONAL, "The name.")

    @strawberry.type
    class Query:
        open: Open | None = lookup("One.", arguments={"id": strawberry.ID})

    with pytest.raises(UnplannableField, match=r"Open\.fullName is sensitive and non-null"):
        SchemaMapping(strawberry.Schema(Query)._schema)


def test_stored_values_of_closed_sets_are_the_names_that_the_schema_prints() -> None:
    for kind in schema()._schema.type_map.values():
        definition = kind.extensions.get("strawberry-definition") if kind.extensions else None
        wrapped = getattr(definition, "wrapped_cls", None)
        if wrapped is not None and issubclass(wrapped, str) and issubclass(wrapped, enum.Enum):
            assert all(member.name == member.value for member in wrapped), kind.name


def test_the_committed_snapshots_are_true() -> None:
    call_command("snapshots", check=True)
