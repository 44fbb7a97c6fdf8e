import type { Random } from "../random.ts";
import type { Vocabulary } from "../text/vocabulary.ts";
import { type CallPlan, LANGUAGES, type NodeKind, type Operation, type System, type SystemNode } from "./model.ts";

const ENGINES: Partial<Record<NodeKind, readonly string[]>> = {
	database: ["postgresql", "mysql", "mongodb"],
	cache: ["redis", "memcached"],
	queue: ["rabbitmq", "kafka", "sqs"],
	provider: ["https"],
	gateway: ["nginx", "envoy"],
};
/** Median own time in milliseconds: the range of each kind. */
const OWN_MS: Record<NodeKind, readonly [number, number]> = {
	gateway: [0.6, 3],
	service: [1, 25],
	worker: [5, 80],
	database: [0.3, 4],
	cache: [0.1, 0.6],
	queue: [0.5, 3],
	provider: [40, 240],
};
const ROLES = ["service", "api", "manager", "engine", "hub"];

/**
 * A layered or a random directed graph of services without cycles, with gateways on top and databases, queues with their workers, caches and
 * providers beneath. Half of the systems keep to layers; in the others a service may call any service after it.
 */
export function createSystem(random: Random, words: Vocabulary, size: number): System {
	const kinds = drawKinds(random, size);
	const nodes = kinds.map((kind, index) => createNode(random.fork(`node${index}`), words, kind, index));
	const layered = random.chance(0.5);
	const services = nodes.filter((n) => n.kind === "service");
	const layers = Math.max(1, Math.min(services.length, random.int(2, 5)));
	const layerOf = new Map(services.map((n, i) => [n.index, layered ? Math.floor((i * layers) / services.length) : i]));
	for (const node of nodes) planCalls(random, node, nodes, layerOf, layered);
	connectOrphans(random, nodes);
	const callers = nodes.map((n) =>
		nodes.filter((m) => m.operations.some((o) => o.calls.some((c) => c.to === n.index))).map((m) => m.index),
	);
	return { nodes, callers, entries: nodes.filter((n) => n.kind === "gateway").map((n) => n.index) };
}

function drawKinds(random: Random, size: number): NodeKind[] {
	const kinds: NodeKind[] = ["gateway", "service", "service", "database"];
	if (size > 25 && random.chance(0.4)) kinds.push("gateway");
	while (kinds.length < size) {
		const kind = random.weighted<NodeKind>([
			["service", 10],
			["database", 2],
			["cache", 1.2],
			["provider", 1],
			["queue", 1],
		]);
		if (kind === "queue" && kinds.length + 2 <= size) kinds.push("worker");
		kinds.push(kind === "queue" && kinds.length + 1 > size ? "service" : kind);
	}
	const order: NodeKind[] = ["gateway", "service", "worker", "queue", "cache", "database", "provider"];
	return kinds.slice(0, size).sort((a, b) => order.indexOf(a) - order.indexOf(b));
}

function createNode(random: Random, words: Vocabulary, kind: NodeKind, index: number): SystemNode {
	const engine = ENGINES[kind] === undefined ? undefined : random.pick(ENGINES[kind]);
	const managed = (kind === "database" || kind === "cache" || kind === "queue") && (engine === "sqs" || random.chance(0.45));
	const name = nameOf(random, words, kind, engine);
	const inCluster = kind !== "provider" && !managed;
	const replicaSet = random.hex(10);
	const stateful = kind === "database" || kind === "cache" || kind === "queue";
	const pods = inCluster
		? Array.from(
				{
					length: stateful
						? 1
						: random.weighted([
								[1, 3],
								[2, 4],
								[3, 2],
							]),
				},
				(_, i) => (stateful ? `${podBase(name)}-${i}` : `${podBase(name)}-${replicaSet}-${random.slug(5)}`),
			)
		: [];
	const entity = random.pick(words.entities);
	return {
		index,
		name,
		kind,
		pods,
		language: random.pick(LANGUAGES),
		dialect: random.int(0, 99),
		engine,
		managed,
		entity,
		operations: createOperations(random, words, kind, entity),
		memoryLimit: random.pick([256, 384, 512, 768, 1024, 2048, 4096]) * 2 ** 20,
		cpuBase: random.between(0.03, 0.32),
		memoryBase: random.between(0.22, 0.62),
		connections: kind === "database" ? random.pick([60, 100, 200, 500]) : random.pick([5, 8, 10, 20, 40]),
		headroom: random.between(4, 12),
	};
}

const podBase = (name: string) => name.toLowerCase().replace(/[^a-z0-9]+/g, "-");

function nameOf(random: Random, words: Vocabulary, kind: NodeKind, engine: string | undefined): string {
	if (kind === "service") return words.serviceName(random.pick(ROLES));
	if (kind === "worker") return words.serviceName(random.pick(["worker", "consumer", "processor"]));
	if (kind === "gateway")
		return random.pick([() => words.serviceName("gateway"), () => `${words.word()}-${random.pick(["edge", "web", "front", "proxy"])}`])();
	if (kind === "provider")
		return random.pick([() => `api.${words.word()}.example`, () => words.word(), () => `${words.word()}-external`])();
	const label = random.pick([
		engine ?? kind,
		{ database: "db", cache: "cache", queue: "queue" }[kind as "database" | "cache" | "queue"],
		"store",
	]);
	return random.pick([() => `${words.word()}-${label}`, () => `${label}-${words.word()}`, () => words.word() + label])();
}

const VERBS = ["list", "get", "create", "update", "check", "search", "reserve", "confirm", "quote", "render", "resolve", "sync"];

function createOperations(random: Random, words: Vocabulary, kind: NodeKind, entity: string): Operation[] {
	const [low, high] = OWN_MS[kind];
	const count = kind === "gateway" ? random.int(2, 5) : kind === "service" ? random.int(1, 4) : kind === "database" ? random.int(1, 3) : 1;
	const style = random.int(0, 2);
	return Array.from({ length: count }, (): Operation => {
		const noun = random.chance(0.6) ? entity : random.pick(words.entities);
		const verb = random.pick(VERBS);
		const method =
			kind === "worker"
				? "CONSUME"
				: kind === "gateway" || kind === "service"
					? random.pick(["GET", "GET", "POST", "PUT"] as const)
					: "CALL";
		return {
			name: operationName(kind, style, method, verb, noun, random),
			method,
			ownMs: random.between(low, high),
			sigma: random.between(0.3, 1),
			errorBase: random.chance(0.25) ? random.between(0.001, 0.012) : 0,
			calls: [],
		};
	});
}

function operationName(kind: NodeKind, style: number, method: string, verb: string, noun: string, random: Random): string {
	if (kind === "database") return `${random.pick(["SELECT", "SELECT", "INSERT", "UPDATE"])} ${noun}`;
	if (kind === "cache") return random.pick(["GET", "MGET", "HGETALL", "SET"]);
	if (kind === "queue") return `publish ${noun}.${random.pick(["created", "changed", "requested"])}`;
	if (kind === "worker") return `process ${noun}`;
	if (style === 0) return `${method} /api/v${random.int(1, 3)}/${noun}/${verb}`;
	if (style === 1) return `${noun.charAt(0).toUpperCase()}${noun.slice(1)}Service/${verb.charAt(0).toUpperCase()}${verb.slice(1)}`;
	return `${method} /${noun}/{id}${random.chance(0.5) ? `/${verb}` : ""}`;
}

function planCalls(
	random: Random,
	node: SystemNode,
	nodes: readonly SystemNode[],
	layerOf: ReadonlyMap<number, number>,
	layered: boolean,
): void {
	const mine = layerOf.get(node.index) ?? -1;
	const below = nodes.filter((n) => {
		if (n.kind !== "service") return false;
		const theirs = layerOf.get(n.index) ?? 0;
		if (node.kind === "gateway") return layered ? theirs === 0 : theirs < 4;
		return node.kind === "service" && (layered ? theirs === mine + 1 : theirs > mine && theirs < mine + 9);
	});
	const stores = nodes.filter((n) => n.kind === "database" || n.kind === "cache");
	const owned =
		node.kind === "service" || node.kind === "worker"
			? random.shuffle(stores).slice(
					0,
					random.weighted([
						[0, 2],
						[1, 5],
						[2, 3],
					]),
				)
			: [];
	const providers = nodes.filter((n) => n.kind === "provider");
	const queues = nodes.filter((n) => n.kind === "queue");
	for (const operation of node.operations) {
		const fan =
			node.kind === "gateway"
				? 1
				: random.weighted([
						[0, 1],
						[1, 4],
						[2, 3],
						[3, 1],
					]);
		for (const to of random.shuffle(below).slice(0, fan)) operation.calls.push(callOf(random, to, node.kind === "gateway" ? 1 : undefined));
		for (const to of owned) if (random.chance(0.75)) operation.calls.push(callOf(random, to));
		if (node.kind === "service" && providers.length > 0 && random.chance(0.12))
			operation.calls.push(callOf(random, random.pick(providers)));
		if (node.kind === "service" && queues.length > 0 && random.chance(0.15)) operation.calls.push(callOf(random, random.pick(queues)));
		// what a cache may hold comes first
		operation.calls.sort((a, b) => Number(nodes[b.to]?.kind === "cache") - Number(nodes[a.to]?.kind === "cache"));
	}
}

function callOf(random: Random, to: SystemNode, probability = random.pick([1, 1, 1, 0.7, 0.4])): CallPlan {
	return {
		to: to.index,
		operation: random.int(0, to.operations.length - 1),
		probability,
		critical: to.kind !== "cache" && random.chance(0.8),
		timeoutMs: random.pick(to.kind === "cache" ? [200, 500, 1000] : [1000, 2000, 3000, 5000, 10_000]),
		retries: random.weighted([
			[0, 6],
			[1, 2],
			[2, 1],
		]),
		asynchronous: to.kind === "queue",
	};
}

/** Everything is called by somebody: what nobody drew gets a caller that stands before it; each queue has a worker that takes from it. */
function connectOrphans(random: Random, nodes: readonly SystemNode[]): void {
	const queues = nodes.filter((n) => n.kind === "queue");
	const workers = nodes.filter((n) => n.kind === "worker");
	for (const [i, queue] of queues.entries()) {
		const worker = workers[i % Math.max(1, workers.length)];
		if (worker !== undefined && queue.operations[0] !== undefined)
			queue.operations[0].calls.push({ ...callOf(random, worker, 1), critical: false });
	}
	const called = new Set(nodes.flatMap((n) => n.operations.flatMap((o) => o.calls.map((c) => c.to))));
	for (const node of nodes) {
		if (called.has(node.index) || node.kind === "gateway") continue;
		const before = nodes.filter((n) => n.index < node.index && (n.kind === "service" || (n.kind === "gateway" && node.kind === "service")));
		if (node.kind === "worker" || before.length === 0) continue;
		random.pick(random.pick(before).operations).calls.push(callOf(random, node, random.pick([1, 0.6, 0.4])));
	}
}
