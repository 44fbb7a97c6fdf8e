import type { Random } from "../random.ts";
import type { System, SystemNode } from "../system/model.ts";
import { type Effects, NEUTRAL, together } from "./effects.ts";
import { FAULT_KINDS, type FaultKind } from "./kinds.ts";
import type { FaultName } from "./names.ts";

/** A fault of one incident. */
export interface Fault {
	name: FaultName;
	kind: FaultKind;
	node: SystemNode;
	/** The only pod it hits, where it does not hit all. */
	pod: number | undefined;
	/** Milliseconds of the epoch; it ends before the window does only in windows that recover. */
	from: number;
	to: number;
	shape: "step" | "ramp" | "waves";
	strength: number;
	roll: number;
	/** Milliseconds that it takes to grow, and between its waves. */
	rampMs: number;
	waveMs: number;
	/** Whether a change brought it about. */
	byChange: boolean;
}

/** A node that fewer requests reach than this share troubles nobody. */
const REACHED = 0.2;

/** Draws where and how a kind of fault strikes; undefined where the system has nothing that it could strike. */
export function drawFault(
	random: Random,
	system: System,
	visits: readonly number[],
	name: FaultName,
	from: number,
	to: number,
	strength: number,
): Fault | undefined {
	const kind = FAULT_KINDS[name];
	const within = random.pick(kind.targets);
	const reachable = (n: SystemNode) => (visits[n.index] ?? 0) >= REACHED;
	const able = (n: SystemNode) =>
		name !== "permission-denied" && kind.effects(1, 0.4).outgoingShare === undefined ? true : n.operations.some((o) => o.calls.length > 0);
	const targets = system.nodes.filter((n) => kind.targets.includes(n.kind) && reachable(n) && able(n));
	const wanted = targets.filter((n) => n.kind === within);
	if (targets.length === 0) return undefined;
	const node = random.pick(wanted.length > 0 ? wanted : targets);
	const onePod = kind.onePod && node.pods.length > 1 && random.chance(0.35);
	const shape = random.pick(kind.shapes);
	return {
		name,
		kind,
		node,
		pod: onePod ? random.int(0, node.pods.length - 1) : undefined,
		from,
		to,
		shape,
		strength,
		roll: random.next(),
		rampMs: shape === "ramp" ? random.between(0.3, 0.85) * (to - from) : random.between(2_000, 40_000),
		waveMs: random.between(90_000, 300_000),
		byChange: kind.change !== "none" && random.chance(kind.changeShare),
	};
}

/** How strong it is at a moment, 0 to its strength. */
export function intensityOf(fault: Fault, t: number): number {
	if (t < fault.from || t >= fault.to) return 0;
	const grown = Math.min(1, (t - fault.from) / fault.rampMs);
	if (fault.shape !== "waves") return fault.strength * (fault.shape === "ramp" ? Math.max(0.05, grown) : grown);
	return (t - fault.from) % fault.waveMs < 0.62 * fault.waveMs ? fault.strength : 0.12 * fault.strength;
}

/** What all faults do to each node and pod, by step: looked up once for each call of the simulation. */
export function createEffects(
	faults: readonly Fault[],
	stepMs: number,
	from: number,
): (node: number, pod: number, step: number) => Readonly<Effects> {
	const known = new Map<string, Effects>();
	const struck = new Set(faults.map((f) => f.node.index));
	return (node, pod, step) => {
		if (!struck.has(node)) return NEUTRAL;
		const key = `${node}/${pod}/${step}`;
		let effects = known.get(key);
		if (effects === undefined) {
			effects = faults
				.filter((f) => f.node.index === node && (f.pod === undefined || f.pod === pod))
				.reduce<Effects>((sum, f) => together(sum, effectsAt(f, from + (step + 0.5) * stepMs)), NEUTRAL);
			known.set(key, effects);
		}
		return effects;
	};
}

function effectsAt(fault: Fault, t: number): Effects {
	const intensity = intensityOf(fault, t);
	return intensity === 0 ? NEUTRAL : { ...NEUTRAL, ...fault.kind.effects(intensity, fault.roll) };
}
