// How a file travels: by the GraphQL multipart request specification, where the variables have a mark for it.
import type { FetcherParams } from "@graphiql/toolkit";
import { Kind, parse } from "graphql";

export const FILE_MARK = "@file";

interface Sent {
  body: string | FormData;
  headers: Record<string, string>;
}

/** List the places of the mark, such as `variables.input.file`. */
function placesIn(value: unknown, place: string): string[] {
  if (value === FILE_MARK) return [place];
  if (typeof value !== "object" || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => placesIn(inner, `${place}.${name}`));
}

/** Tell which variables the operation declares: a mark for another one of the document asks for no file. */
function declaredBy({ query, operationName }: FetcherParams): Set<string> {
  try {
    const declared = parse(query).definitions.flatMap((each) =>
      each.kind === Kind.OPERATION_DEFINITION && (!operationName || each.name?.value === operationName)
        ? (each.variableDefinitions ?? [])
        : [],
    );
    return new Set(declared.map(({ variable }) => variable.name.value));
  } catch {
    return new Set(); // The gateway says better what is wrong with it.
  }
}

/** Return an operation's body and headers; null when it wants a file and there is none. */
export function bodyOf(operation: FetcherParams, file: File | null): Sent | null {
  const declared = declaredBy(operation);
  const variables: object = operation.variables ?? {};
  const places = Object.entries(variables).flatMap(([name, value]) =>
    declared.has(name) ? placesIn(value, `variables.${name}`) : [],
  );
  if (places.length === 0) {
    return { body: JSON.stringify(operation), headers: { "Content-Type": "application/json" } };
  }
  if (file === null) return null;
  const body = new FormData();
  body.append("operations", JSON.stringify(operation, (_, value: unknown) => (value === FILE_MARK ? null : value)));
  body.append("map", JSON.stringify(Object.fromEntries(places.map((place, index) => [String(index), [place]]))));
  places.forEach((_, index) => body.append(String(index), file));
  return { body, headers: { "GraphQL-Preflight": "1" } };
}
