import { startUpstream, type Upstream } from "@faultline/mcp/testing";

export interface FakeLog {
	/** Lines with their timestamps, oldest first. */
	current: string[];
	previous?: string[];
}

export interface FakeCluster extends Upstream {
	/** Paths that were asked for, without queries. */
	readonly paths: string[];
	readonly tokens: (string | undefined)[];
	/** "namespace/pod/container": replaced while the server runs. */
	logs: Record<string, FakeLog>;
}

/**
 * A small API server over fixed lists, by path ("/api/v1/pods"); what is not listed does not exist. Logs heed sinceTime and limitBytes
 * as a kubelet does. The sandbox serves a whole capture; this one serves what no capture has (init containers, metrics, autoscalers).
 */
export async function startFakeCluster(lists: Record<string, unknown[]>, logs: Record<string, FakeLog> = {}): Promise<FakeCluster> {
	const paths: string[] = [];
	const tokens: (string | undefined)[] = [];
	const state = { logs };
	const upstream = await startUpstream((request, response) => {
		const url = new URL(request.url ?? "", "http://cluster");
		paths.push(url.pathname);
		tokens.push(request.headers.authorization);
		const json = (status: number, body: unknown) =>
			response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
		const [, namespace, pod] = /^\/api\/v1\/namespaces\/([^/]+)\/pods\/([^/]+)\/log$/.exec(url.pathname) ?? [];
		if (pod !== undefined) {
			const log = state.logs[`${namespace}/${pod}/${url.searchParams.get("container")}`];
			const lines = url.searchParams.get("previous") === "true" ? log?.previous : log?.current;
			if (lines === undefined) return json(400, { kind: "Status", code: 400 });
			const since = url.searchParams.get("sinceTime");
			const text = lines.filter((l) => since === null || Date.parse(l.split(" ")[0] ?? "") >= Date.parse(since)).map((l) => `${l}\n`);
			return response
				.writeHead(200, { "content-type": "text/plain" })
				.end(text.join("").slice(0, Number(url.searchParams.get("limitBytes") ?? 1e9)));
		}
		const items = lists[url.pathname];
		if (items === undefined) return json(404, { kind: "Status", code: 404 });
		return json(200, { kind: "List", apiVersion: "v1", metadata: {}, items });
	});
	return Object.defineProperties(state, {
		...Object.getOwnPropertyDescriptors(upstream),
		paths: { value: paths },
		tokens: { value: tokens },
	}) as unknown as FakeCluster;
}
