import type { Kind } from "./kinds.ts";
import type { KubeObject } from "./object.ts";

/** Whether the caller asks for a Table (`Accept: application/json;as=Table;g=meta.k8s.io;v=v1`), as kubectl does to print. */
export const wantsTable = (accept: string | undefined): boolean => /as=Table/.test(accept ?? "");

/** Objects as a meta.k8s.io/v1 Table: the server prints, the client aligns. */
export function tableOf(kind: Kind, objects: readonly KubeObject[], metadata: object, now: number): object {
	return {
		kind: "Table",
		apiVersion: "meta.k8s.io/v1",
		metadata,
		columnDefinitions: kind.columns.map(({ name, priority }) => ({
			name,
			type: "string",
			format: name === "Name" ? "name" : "",
			description: "",
			priority,
		})),
		rows: objects.map((object) => ({
			cells: kind.columns.map((c) => c.cell(object, now)),
			object: { kind: "PartialObjectMetadata", apiVersion: "meta.k8s.io/v1", metadata: object.metadata },
		})),
	};
}
