import { AppError, Coverage } from "@faultline/contracts";
import { coverageOf, createGaps, defineTool, fence, READS, type Tool } from "@faultline/mcp";
import { z } from "zod";
import type { Connection } from "../connection.ts";
import { serviceOf } from "../names.ts";
import { quantity } from "../quantity.ts";
import { Node, NodeMetrics, Pod, PodMetrics } from "../wire.ts";

const METRICS = "/apis/metrics.k8s.io/v1beta1";

const Input = z.object({
	namespace: z.string().max(63).optional().describe("Only this namespace."),
	kind: z.enum(["container", "node"]).default("container"),
	limit: z.int().min(1).max(1000).default(50).describe("Most rows, fullest first."),
});
const Row = z.object({
	kind: z.enum(["container", "node"]),
	namespace: z.string().optional(),
	name: z.string(),
	container: z.string().optional(),
	service: z.string().optional(),
	/** When it was measured. */
	time: z.string().optional(),
	cpuCores: z.number(),
	memoryBytes: z.number(),
	/** Limits, or what a node can allocate; absent where none is set. */
	cpuLimit: z.number().optional(),
	memoryLimit: z.number().optional(),
	cpuOfLimit: z.number().optional(),
	memoryOfLimit: z.number().optional(),
});
type Row = z.infer<typeof Row>;
const Output = z.object({ rows: z.array(Row), total: z.int(), coverage: Coverage });

export function getUsage({ client }: Connection): Tool<typeof Input, typeof Output> {
	return defineTool({
		name: "get_usage",
		title: "Use of CPU and memory",
		description:
			"CPU and memory that containers or nodes use now (metrics.k8s.io), against their limits or what the node can allocate, fullest first. It is the last measurement, of some 15 to 60 seconds; for a history use a metrics source.",
		inputSchema: Input,
		outputSchema: Output,
		annotations: READS,
		async run(input, context) {
			const { signal } = context;
			const gaps = createGaps(signal);
			const found = input.kind === "node" ? await nodeRows({ client }, signal, gaps) : await containerRows({ client }, signal, gaps);
			const inScope = found.filter((r) => input.namespace === undefined || r.namespace === input.namespace);
			const rows = inScope.sort((a, b) => fullness(b) - fullness(a) || b.memoryBytes - a.memoryBytes).slice(0, input.limit);
			const now = new Date(context.now()).toISOString();
			const from = rows.reduce((first, r) => (r.time !== undefined && r.time < first ? r.time : first), now);
			const truncated = rows.length < inScope.length;
			const waitedMs = client.waitedMs(signal);
			const coverage = coverageOf("kubernetes", { from, to: now }, { skipped: gaps.skipped, truncated, waitedMs });
			const head = `${inScope.length} ${input.kind}s measured${truncated ? `, the ${rows.length} fullest shown` : ""}.`;
			const empty = "Nothing was measured: is there a pod in this namespace?";
			return {
				data: { rows, total: inScope.length, coverage },
				text: [head, rows.length === 0 ? empty : fence(rows.slice(0, 40).map(rowText).join("\n")).text, ...gaps.skipped].join("\n"),
			};
		},
	});
}

type Gaps = ReturnType<typeof createGaps>;

async function containerRows({ client }: Pick<Connection, "client">, signal: AbortSignal, gaps: Gaps): Promise<Row[]> {
	const [measured, pods] = await Promise.all([
		client.list(METRICS, "pods", PodMetrics, { signal }).catch(withoutServer),
		gaps.read("pods (their limits are not known)", client.list("/api/v1", "pods", Pod, { signal })),
	]);
	const byName = new Map((pods?.items ?? []).map((p) => [`${p.metadata.namespace}/${p.metadata.name}`, p]));
	return measured.items.flatMap(({ metadata, timestamp, containers }) => {
		const pod = byName.get(`${metadata.namespace}/${metadata.name}`);
		const service = pod ? serviceOf(pod.metadata) : undefined;
		return containers.map(({ name, usage }): Row => {
			const spec = [...(pod?.spec?.containers ?? []), ...(pod?.spec?.initContainers ?? [])].find((c) => c.name === name);
			return {
				kind: "container",
				...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
				name: metadata.name,
				container: name,
				...(service === undefined ? {} : { service }),
				...(timestamp === undefined ? {} : { time: timestamp }),
				...ratios(usage, spec?.resources?.limits),
			};
		});
	});
}

async function nodeRows({ client }: Pick<Connection, "client">, signal: AbortSignal, gaps: Gaps): Promise<Row[]> {
	const [measured, nodes] = await Promise.all([
		client.listClusterWide(METRICS, "nodes", NodeMetrics, { signal }).catch(withoutServer),
		gaps.read("nodes (what they can allocate is not known)", client.listClusterWide("/api/v1", "nodes", Node, { signal })),
	]);
	return measured.items.map(({ metadata, timestamp, usage }): Row => {
		const node = nodes?.items.find((n) => n.metadata.name === metadata.name);
		return {
			kind: "node",
			name: metadata.name,
			...(timestamp === undefined ? {} : { time: timestamp }),
			...ratios(usage, node?.status?.allocatable),
		};
	});
}

function withoutServer(thrown: unknown): never {
	if (thrown instanceof AppError && thrown.code === "NOT_FOUND")
		throw new AppError("NOT_FOUND", "this cluster does not serve metrics.k8s.io", {
			hint: "install metrics-server, or ask a metrics source; get_workloads tells restarts and out-of-memory kills without it",
			cause: thrown,
		});
	throw thrown;
}

function ratios(usage: Record<string, string>, limits: Record<string, string> | undefined) {
	const [cpuCores, memoryBytes] = [quantity(usage.cpu) ?? 0, quantity(usage.memory) ?? 0];
	const [cpuLimit, memoryLimit] = [quantity(limits?.cpu), quantity(limits?.memory)];
	return {
		cpuCores,
		memoryBytes,
		...(cpuLimit ? { cpuLimit, cpuOfLimit: cpuCores / cpuLimit } : {}),
		...(memoryLimit ? { memoryLimit, memoryOfLimit: memoryBytes / memoryLimit } : {}),
	};
}

const fullness = (r: Row): number => Math.max(r.cpuOfLimit ?? 0, r.memoryOfLimit ?? 0);
const MiB = 2 ** 20;

function rowText(r: Row): string {
	const where = r.kind === "node" ? `node ${r.name}` : `${r.namespace}/${r.name} ${r.container}`;
	const share = (of: number | undefined) => (of === undefined ? "no limit" : `${Math.round(of * 100)} % of limit`);
	return `${where}: cpu ${r.cpuCores.toFixed(3)} cores (${share(r.cpuOfLimit)}), memory ${Math.round(r.memoryBytes / MiB)} MiB (${share(r.memoryOfLimit)})`;
}
