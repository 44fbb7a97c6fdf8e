import { AppError } from "@faultline/contracts";
import { type AnyTool, checkAccessTool, type ToolContext } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";

interface Need {
	group: string;
	resource: string;
	verb: "list" | "get";
	subresource?: string;
}

/** What each kind of evidence needs of the account's role. */
const NEEDS: Record<string, Need[]> = {
	logs: [
		{ group: "", resource: "pods", verb: "list" },
		{ group: "", resource: "pods", verb: "get", subresource: "log" },
	],
	events: [{ group: "", resource: "events", verb: "list" }],
	changes: [
		{ group: "apps", resource: "deployments", verb: "list" },
		{ group: "apps", resource: "replicasets", verb: "list" },
		{ group: "apps", resource: "controllerrevisions", verb: "list" },
	],
	workloads: [
		{ group: "", resource: "pods", verb: "list" },
		{ group: "", resource: "nodes", verb: "list" },
	],
	timeline: [{ group: "batch", resource: "jobs", verb: "list" }],
};

/** One check per kind of evidence: asks the server's own access reviews, and tries a list where it has none. */
export function checkAccess(connection: Connection): AnyTool {
	const checks = Object.entries(NEEDS).map(([name, needs]) => ({
		name,
		run: async (context: ToolContext) => {
			for (const need of needs) await requireAccess(connection, need, context);
			return `may ${needs.map(describe).join(", ")} in ${connection.client.namespaces.length > 0 ? connection.client.namespaces.join(", ") : "all namespaces"}`;
		},
	}));
	return checkAccessTool("Kubernetes", checks);
}

const describe = ({ verb, resource, subresource }: Need): string => `${verb} ${resource}${subresource ? `/${subresource}` : ""}`;

async function requireAccess({ client }: Connection, need: Need, { signal }: ToolContext): Promise<void> {
	const clusterWide = need.resource === "nodes";
	const namespaces = clusterWide || client.namespaces.length === 0 ? [undefined] : client.namespaces;
	for (const namespace of namespaces) {
		const allowed = await client.allows({ ...need, namespace }, signal);
		if (allowed === undefined) await tryList({ client }, need, signal);
		if (allowed === false) {
			throw new AppError(
				"FORBIDDEN",
				`the account may not ${describe(need)}${namespace === undefined ? "" : ` in namespace ${namespace}`}`,
				{
					hint: clusterWide
						? "give it a ClusterRole that lists nodes; without it node pressure is not seen"
						: "give it a role that allows this, or set FAULTLINE_KUBERNETES_NAMESPACES to the namespaces it may read",
				},
			);
		}
	}
}

async function tryList({ client }: Pick<Connection, "client">, need: Need, signal: AbortSignal): Promise<void> {
	const api = need.group === "" ? "/api/v1" : `/apis/${need.group}/v1`;
	const read = need.resource === "nodes" ? client.listClusterWide : client.list;
	await read(api, need.resource, z.unknown(), { signal, fieldSelector: "metadata.name=none" });
}
