import type { EvidenceSet, MetricSeries } from "@faultline/contracts";
import { createEffects, drawFault, type Fault } from "./faults/fault.ts";
import type { FaultName, HealthyName } from "./faults/names.ts";
import { createRandom, type Random } from "./random.ts";
import type { GeneratorSettings } from "./settings.ts";
import { type Simulation, simulate } from "./simulate.ts";
import type { System, SystemNode } from "./system/model.ts";
import { createSystem } from "./system/topology.ts";
import { raiseAlerts, raiseSpurious } from "./telemetry/alerts.ts";
import { type ChangeInput, tellGuilty, tellHarmless, tellStatusPage } from "./telemetry/changes.ts";
import { type Collector, createCollector } from "./telemetry/collector.ts";
import { type Cluster, tellFault, tellOrdinary, tellStatus } from "./telemetry/kubernetes.ts";
import { writeLogs } from "./telemetry/logs.ts";
import { drawMetricStyle, type MetricStyle } from "./telemetry/metric-names.ts";
import { measure, type RoleSeries } from "./telemetry/metrics.ts";
import { drawTraceStyle, writeSpans } from "./telemetry/spans.ts";
import { createVocabulary, type Vocabulary } from "./text/vocabulary.ts";
import { createVoice } from "./text/voices.ts";
import { createTraffic } from "./traffic.ts";
import type { GeneratedTruth } from "./truth.ts";

export interface Generated {
	evidence: EvidenceSet;
	truth: GeneratedTruth;
}

/** What shall happen in a capture. */
export type Plan = { healthy: HealthyName } | { fault: FaultName };

interface Scene {
	seed: string;
	random: Random;
	settings: GeneratorSettings;
	words: Vocabulary;
	system: System;
	from: number;
	to: number;
	stepMs: number;
	steps: number;
	faults: Fault[];
	healthy: HealthyName | undefined;
	/** Spans that a request makes on average, in health. */
	perRequest: number;
	arrivals: Float64Array;
	scale: number;
	metrics: MetricStyle;
	missing: string[];
}

/** About so many spans are simulated for one capture, whatever its size. */
const SIMULATED_SPANS = 160_000;
const MINUTE = 60_000;
const MAX_REDRAWS = 12;

/** Draws whether a capture is of an incident, and of which kind, by the settings' shares. */
export function drawPlan(random: Random, settings: GeneratorSettings): Plan {
	return random.chance(settings.healthyShare) ? { healthy: random.pick(settings.healthy) } : { fault: random.pick(settings.faults) };
}

/** One synthetic incident, or window of health: what the sources saw of it, and the truth. The same seed and settings give the same, byte for byte. */
export function generate(
	seed: string,
	settings: GeneratorSettings,
	plan: Plan = drawPlan(createRandom(`${seed}/plan`), settings),
): Generated {
	for (let attempt = 0; ; attempt++) {
		const scene = setScene(attempt === 0 ? seed : `${seed}+${attempt}`, settings, plan);
		const played = play(scene);
		// what nobody could have felt is no incident: another is drawn
		if (attempt < MAX_REDRAWS && scene.healthy === undefined && !felt(scene, played.simulation)) continue;
		return observe({ ...scene, seed }, played);
	}
}

type EffectsOf = ReturnType<typeof createEffects>;

function play(scene: Scene): { simulation: Simulation; effects: EffectsOf } {
	const { random, system, settings, from, stepMs } = scene;
	const effects = createEffects(scene.faults, stepMs, from);
	const surged = scene.arrivals.map((n, k) => n * Math.max(1, ...system.entries.map((e) => effects(e, 0, k).traffic)));
	const sampled = Math.min(1, (4 * Math.max(settings.spans, settings.logLines)) / SIMULATED_SPANS);
	return { simulation: simulate({ random: random.fork("requests"), system, effects, arrivals: surged, from, stepMs, sampled }), effects };
}

function observe(scene: Scene, { simulation, effects }: ReturnType<typeof play>): Generated {
	const { random, settings } = scene;
	const collect = createCollector(scene, random.fork("sentry").chance(0.7));
	const measured = measure({
		random: random.fork("metrics"),
		system: scene.system,
		counts: simulation.counts,
		effects,
		from: scene.from,
		stepMs: scene.stepMs,
		scale: scene.scale,
		style: scene.metrics,
		without: oneOf(scene, "metrics", settings.withoutMetricsOfOne),
		missing: random.fork("gaps").chance(0.2) ? 0.02 : 0,
	});
	tell(scene, simulation, measured, collect);
	const changes = tellChanges(scene, collect);
	return { evidence: evidenceOf(scene, collect, measured), truth: truthOf(scene, simulation, changes) };
}

function setScene(seed: string, settings: GeneratorSettings, plan: Plan): Scene {
	const random = createRandom(seed);
	const words = createVocabulary(random.fork("words"));
	for (let attempt = 0; ; attempt++) {
		const size = Math.round(Math.exp(random.between(Math.log(settings.resources[0]), Math.log(settings.resources[1]))));
		const system = createSystem(random.fork(`system${attempt}`), words, size);
		const clock = drawClock(random, settings, system);
		const { perRequest, visits } = calmRequests(random.fork(`calm${attempt}`), system);
		const faults =
			"fault" in plan
				? drawFaults(random, system, visits, plan.fault, clock, settings)
				: recovering(random, system, visits, plan.healthy, clock);
		// a small system may lack what the fault strikes: another is drawn
		if (faults === undefined && attempt < 200) continue;
		if (faults === undefined)
			throw new RangeError(
				`no system of ${settings.resources.join(" to ")} resources has what "${"fault" in plan ? plan.fault : ""}" strikes`,
			);
		const traffic = createTraffic(random.fork("traffic"), clock.from, clock.steps, clock.stepMs);
		const perStep = Math.max(4, SIMULATED_SPANS / perRequest / clock.steps);
		const level = traffic.reduce((a, b) => a + b, 0) / traffic.length;
		return {
			seed,
			random,
			settings,
			words,
			system,
			...clock,
			faults,
			healthy: "healthy" in plan ? plan.healthy : undefined,
			perRequest,
			arrivals: traffic.map((x) => (x / level) * Math.min(perStep, 150)),
			scale: random.chance(0.4) ? 1 : Math.exp(random.between(0, 4)),
			metrics: drawMetricStyle(random.fork("style")),
			missing: [],
		};
	}
}

interface Clock {
	from: number;
	to: number;
	stepMs: number;
	steps: number;
}

function drawClock(random: Random, settings: GeneratorSettings, system: System): Clock {
	const minutes = random.between(...settings.minutes);
	const large = settings.intervals.filter((s) => system.nodes.length * 11 * ((minutes * 60) / s) < 20_000);
	const stepMs = 1000 * random.pick(large.length > 0 ? large : [Math.max(...settings.intervals)]);
	const steps = Math.max(12, Math.floor((minutes * MINUTE) / stepMs));
	const from = Date.parse(settings.firstDay) + random.int(0, settings.days * 1440) * MINUTE + random.int(0, 59) * 1000;
	return { from, to: from + steps * stepMs, stepMs, steps };
}

function drawFaults(
	random: Random,
	system: System,
	visits: readonly number[],
	name: FaultName,
	{ from, to }: Clock,
	settings: GeneratorSettings,
): Fault[] | undefined {
	const onset = from + random.between(0.42, 0.75) * (to - from);
	const strength = random.between(...settings.strength);
	const first = drawFault(random, system, visits, name, onset, to + 1, strength);
	if (first === undefined) return undefined;
	if (!random.chance(settings.secondFault)) return [first];
	const second = drawFault(
		random,
		system,
		visits,
		random.pick(settings.faults),
		Math.min(to - 3 * MINUTE, onset + random.between(0, 4) * MINUTE),
		to + 1,
		strength,
	);
	return second === undefined || second.node.index === first.node.index ? [first] : [first, second];
}

/** What stirs in a healthy window: a trouble that passed, or load that is meant to be. */
function recovering(random: Random, system: System, visits: readonly number[], healthy: HealthyName, { from, to }: Clock): Fault[] {
	if (healthy === "recovered") {
		const start = from + random.between(0.25, 0.45) * (to - from);
		const length = Math.min(0.25 * (to - from), random.between(2, 6) * MINUTE);
		const fault = drawFault(
			random,
			system,
			visits,
			random.pick(["cpu", "network-delay", "provider-slow", "slow-query", "bad-data", "traffic-surge"] as const),
			start,
			start + length,
			random.between(0.3, 0.9),
		);
		return fault === undefined ? [] : [{ ...fault, byChange: false, rampMs: Math.min(fault.rampMs, length / 2) }];
	}
	if (healthy === "red-herring") {
		// a nightly job: CPU without anybody slower for it
		const fault = drawFault(
			random,
			system,
			visits,
			"cpu",
			from + random.between(0.3, 0.7) * (to - from),
			to - random.between(0, 3) * MINUTE,
			random.between(0.3, 0.6),
		);
		const job =
			fault === undefined ? undefined : { ...fault, byChange: false, kind: { ...fault.kind, effects: (i: number) => ({ cpu: 0.45 * i }) } };
		return job === undefined ? [] : [job];
	}
	return [];
}

/** Spans of a request in health, and how often it reaches each node, by running some. */
function calmRequests(random: Random, system: System): { perRequest: number; visits: number[] } {
	const effects = createEffects([], 1, 0);
	const { requests, counts } = simulate({ random, system, effects, arrivals: Float64Array.of(80), from: 0, stepMs: MINUTE, sampled: 1 });
	const n = Math.max(1, requests.length);
	return { perRequest: Math.max(1, requests.reduce((sum, r) => sum + r.length, 0) / n), visits: counts.map((c) => (c[0]?.calls ?? 0) / n) };
}

/** A node, at times the culprit, of which one kind of evidence is missing. */
function oneOf(scene: Scene, what: string, share: number): ReadonlySet<number> {
	const random = scene.random.fork(`without-${what}`);
	if (!random.chance(share)) return new Set();
	const node = random.pick(scene.system.nodes.filter((n) => n.kind !== "gateway" && n.kind !== "provider"));
	scene.missing.push(`${what} of ${node.name}`);
	return new Set([node.index]);
}

/** Logs, spans, events and alerts of what was simulated. */
function tell(scene: Scene, simulation: Simulation, measured: readonly RoleSeries[], collect: Collector): void {
	const { settings, system, faults, random } = scene;
	const spans = simulation.requests.reduce((sum, r) => sum + r.length, 0);
	const keep = (share: number, name: string) => {
		const chance = random.fork(name);
		return simulation.requests.filter(() => chance.chance(share));
	};
	const without = oneOf(scene, "logs", settings.withoutLogsOfOne);
	const lines = Math.max(1, 1.1 * spans);
	const voices = voicesOf(scene);
	// some systems keep little, some much
	const volume = random.fork("volume").between(0.35, 1.6);
	writeLogs(
		{
			random: random.fork("logs"),
			system,
			voices,
			requests: keep((volume * settings.logLines) / lines, "logged"),
			faults,
			from: scene.from,
			to: scene.to,
			thin: Math.min(1, 14 / system.nodes.length),
			without,
		},
		collect,
	);
	if (random.fork("traces").chance(settings.withoutTraces)) scene.missing.push("spans");
	else
		writeSpans(
			system,
			keep((volume * settings.spans) / Math.max(1, 0.7 * spans), "traced"),
			drawTraceStyle(random.fork("trace-style"), system),
			collect,
		);
	const cluster = clusterOf(scene, collect);
	tellOrdinary(cluster, system);
	for (const fault of faults) tellFault(cluster, fault);
	if (random.fork("status").chance(0.3)) tellStatus(cluster, system, faults);
	tellAlerts(scene, measured, collect);
}

const voicesOf = (scene: Scene) => scene.system.nodes.map((n) => createVoice(scene.random.fork(`voice${n.index}`), scene.words, n));
const clusterOf = (scene: Scene, collect: Collector): Cluster => ({
	random: scene.random.fork("cluster"),
	namespace: scene.words.namespace,
	collect,
	window: scene,
});

function tellAlerts(scene: Scene, measured: readonly RoleSeries[], collect: Collector): void {
	const random = scene.random.fork("alerts");
	const { healthy, settings } = scene;
	if (healthy === "health-check") {
		const node = random.pick(scene.system.nodes.filter((n) => n.kind === "service" || n.kind === "database"));
		const text = random.pick([
			"Periodic health check passed.",
			"Scheduled check: all metrics within normal bounds.",
			"Routine verification finished without findings.",
		]);
		collect.add("grafana", {
			kind: "alert",
			time: new Date(scene.to - 60_000).toISOString(),
			severity: 9,
			service: node.name,
			resource: node.name,
			body: text,
			alert: { name: "ScheduledHealthCheck", summary: text, state: "normal" },
		});
		return;
	}
	raiseAlerts(random, measured, scene.stepMs, scene.from, collect);
	const spurious = healthy === "alert-storm" ? random.int(5, 18) : random.int(...settings.spuriousAlerts);
	if (healthy !== "quiet") raiseSpurious(random, measured, spurious, scene, collect, healthy === "alert-storm" ? 0.03 : 0.05);
}

function tellChanges(scene: Scene, collect: Collector): { decoys: string[]; guilty: Map<Fault, string> } {
	const random = scene.random.fork("changes");
	const guilty = new Map<Fault, string>();
	if (random.chance(scene.settings.withoutChanges)) {
		scene.missing.push("changes");
		return { decoys: [], guilty };
	}
	const input: ChangeInput = {
		random,
		words: scene.words,
		nodes: scene.system.nodes,
		voices: voicesOf(scene),
		cluster: clusterOf(scene, collect),
		collect,
		window: scene,
		style: random.int(0, 5),
	};
	for (const fault of scene.faults) if (fault.byChange) guilty.set(fault, tellGuilty(input, fault).id);
	const blamed = new Set(scene.faults.map((f) => f.node.index));
	const decoys = tellHarmless(input, random.int(...scene.settings.decoys), scene.faults[0]?.from, blamed);
	for (const provider of scene.system.nodes.filter((n) => n.kind === "provider")) {
		const fault = scene.faults.find((f) => f.node.index === provider.index);
		if (fault !== undefined && scene.healthy === undefined && random.chance(0.4))
			tellStatusPage(input, provider, fault.from + random.between(60_000, 480_000), true);
		else if (random.chance(0.1)) tellStatusPage(input, provider, random.between(scene.from, scene.to), false);
	}
	return { decoys, guilty };
}

function evidenceOf(scene: Scene, collect: Collector, measured: readonly RoleSeries[]): EvidenceSet {
	const random = scene.random.fork("evidence");
	const { system, settings, words } = scene;
	const signals = collect.finish();
	const iso = (t: number) => new Date(Math.round(t)).toISOString();
	const onset = scene.healthy === undefined ? scene.faults[0]?.from : undefined;
	const first = signals.find(
		(s) =>
			s.kind === "alert" &&
			s.severity >= 17 &&
			/firing|ALARM/.test(s.alert?.state ?? "") &&
			(onset === undefined || Date.parse(s.time) >= onset),
	);
	// somebody called: the page is of a person, not of a rule
	const called = onset === undefined ? undefined : iso(Math.min(scene.to - 1_000, onset + random.between(2, 7) * MINUTE));
	const paged = scene.healthy === "health-check" ? iso(scene.to - 60_000) : (first?.time ?? called);
	const named = (n: SystemNode) => ({ id: n.name });
	const withTopology = !random.chance(settings.withoutTopology);
	if (!withTopology) scene.missing.push("topology");
	const title =
		scene.healthy === undefined
			? (first?.alert?.summary ?? random.pick(["users report errors", "pages are slow", "requests fail now and then"]))
			: random.pick(["a look at the last hour", first?.alert?.summary ?? "routine check"]);
	return {
		id: `generated-${scene.seed}`,
		title,
		window: { from: iso(scene.from), to: iso(scene.to) },
		...(paged === undefined ? {} : { alertTime: paged }),
		...(first?.service !== undefined && random.chance(0.7) ? { focus: first.service } : {}),
		signals,
		series: measured.map((m, i) => ({ ...m.series, id: `metric:${i + 1}` })),
		baselineSeries: random.chance(settings.withBaseline) ? earlier(random, measured, scene) : [],
		topology: withTopology
			? {
					nodes: system.nodes.map(named),
					edges: edgesOf(system).map(([a, b]) => ({
						from: (system.nodes[a] as SystemNode).name,
						to: (system.nodes[b] as SystemNode).name,
						kind: "calls",
						learnedFrom: words.company,
					})),
				}
			: { nodes: [], edges: [] },
		coverage: [],
	};
}

const edgesOf = (system: System): [number, number][] =>
	system.callers.flatMap((callers, to) => callers.map((from): [number, number] => [from, to]));

/** A day before: the healthy start of the window, drawn again sample by sample, with an hour's season. */
function earlier(random: Random, measured: readonly RoleSeries[], scene: Scene): MetricSeries[] {
	const length = Math.min(scene.steps * 2, 120);
	return measured.map(({ series }, i) => {
		const healthy = Math.max(3, Math.floor(series.values.length * 0.38));
		const season = random.between(0.9, 1.1);
		const values = Float64Array.from({ length }, () => Number(((series.values[random.int(0, healthy - 1)] ?? 0) * season).toPrecision(4)));
		return {
			...series,
			id: `baseline:${i + 1}`,
			times: Float64Array.from({ length }, (_, k) => scene.from - 86_400_000 + k * scene.stepMs),
			values,
		};
	});
}

function truthOf(
	scene: Scene,
	simulation: Simulation,
	{ decoys, guilty }: { decoys: string[]; guilty: Map<Fault, string> },
): GeneratedTruth {
	const { healthy, faults } = scene;
	const real = healthy === undefined ? faults : [];
	const causes = real.map((f) => ({
		service: f.node.name,
		...(f.pod === undefined ? {} : { pod: f.node.pods[f.pod] as string }),
		changeId: guilty.get(f) ?? null,
	}));
	return {
		healthy: healthy !== undefined,
		category: real[0]?.kind.category ?? "healthy",
		rootCauses: causes,
		noChange: guilty.size === 0,
		firstFailing: real[0]?.node.name ?? null,
		blastRadius: real.length === 0 ? [] : struck(scene, simulation, new Set(causes.map((c) => c.service))),
		remediation: real[0]?.kind.remediation ?? "none",
		decoys,
		injectTime: real[0] === undefined ? null : new Date(Math.round(real[0].from)).toISOString(),
		kinds: healthy === undefined ? faults.map((f) => f.name) : [healthy],
		seed: scene.seed,
		missing: scene.missing,
	};
}

/** Whether somebody would have been paged: most incidents are felt at an entry, the others by what calls the one at fault, or by what it uses up. */
function felt(scene: Scene, simulation: Simulation): boolean {
	const changed = (n: SystemNode, by: number) => {
		const { errors, slower } = changeAt(scene, simulation, n);
		return errors > 0.03 * by || slower > 1 + 0.4 * by || slower < 1 / (1 + 0.6 * by);
	};
	const { nodes, entries } = scene.system;
	if (scene.random.fork("felt").chance(0.8)) return entries.some((e) => changed(nodes[e] as SystemNode, 1));
	const uses = (["cpu", "memory", "disk", "connections"] as const).some((k) =>
		scene.faults.some(({ kind, roll }) => (kind.effects(1, roll)[k] ?? 0) > 0.4),
	);
	return uses || nodes.some((n) => changed(n, 1.5));
}

/** By how much a node's share of errors grew after the onset, and how many times longer its calls took. */
function changeAt(scene: Scene, { counts }: Simulation, node: SystemNode): { errors: number; slower: number } {
	const onset = Math.floor(((scene.faults[0]?.from ?? scene.to) - scene.from) / scene.stepMs);
	const own = counts[node.index] ?? [];
	const [was, is] = [own.slice(0, onset), own.slice(onset)].map((part) => {
		const calls = Math.max(
			1,
			part.reduce((s, c) => s + c.calls, 0),
		);
		return { errors: part.reduce((s, c) => s + c.errors, 0) / calls, ms: part.reduce((s, c) => s + c.busyMs, 0) / calls };
	});
	if (was === undefined || is === undefined || was.ms === 0 || is.ms === 0) return { errors: 0, slower: 1 };
	return { errors: is.errors - was.errors, slower: is.ms / was.ms };
}

function struck(scene: Scene, simulation: Simulation, causes: ReadonlySet<string>): string[] {
	return scene.system.nodes
		.filter((n) => n.kind !== "provider" && !causes.has(n.name))
		.filter((n) => {
			const { errors, slower } = changeAt(scene, simulation, n);
			return errors > 0.03 || slower > 2;
		})
		.map((n) => n.name);
}
