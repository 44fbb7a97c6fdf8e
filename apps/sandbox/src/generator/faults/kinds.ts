import type { Category } from "@faultline/contracts";
import type { NodeKind } from "../system/model.ts";
import type { Effects } from "./effects.ts";
import type { FaultName } from "./names.ts";

/** How a kind of fault comes about and what it does. */
export interface FaultKind {
	category: Category;
	targets: readonly NodeKind[];
	/** Languages of change that can bring it about; "none" where nothing that people did is behind it. */
	change: "code" | "config" | "none";
	/** How often such a change is behind it. */
	changeShare: number;
	/** "step": at once; "ramp": grows over minutes; "waves": comes and goes. */
	shapes: readonly ("step" | "ramp" | "waves")[];
	/** Whether it may hit a single pod of several. */
	onePod: boolean;
	/** What would mend it. */
	remediation: string;
	/** At an intensity of 0 to about 1.2; `roll` in [0, 1) is drawn once per fault. */
	effects(intensity: number, roll: number): Partial<Effects>;
}

const SERVICES = ["service", "service", "gateway", "worker"] as const;
const INNER = ["service", "worker"] as const;

function kind(
	category: Category,
	targets: readonly NodeKind[],
	remediation: string,
	effects: FaultKind["effects"],
	more: Partial<FaultKind> = {},
): FaultKind {
	return { category, targets, remediation, effects, change: "none", changeShare: 0, shapes: ["step"], onePod: false, ...more };
}

const CODE = { change: "code", changeShare: 1, onePod: false } as const;
const SETTING = { change: "config", changeShare: 1, onePod: false } as const;

/** The table of faults. Figures are typical of what operators report, drawn anew by strength for every incident; none is fitted to a recording. */
export const FAULT_KINDS: Readonly<Record<FaultName, FaultKind>> = {
	cpu: kind(
		"resource_exhaustion",
		[...SERVICES, "database"],
		"scale",
		(i, r) => ({ cpu: 0.75 * i, slow: 1 + (2.5 + 5 * r) * i, errorShare: 0.02 * i }),
		{ shapes: ["step", "ramp"], onePod: true },
	),
	"memory-leak": kind(
		"resource_exhaustion",
		INNER,
		"restart",
		(i) => ({
			memory: 0.6 * i,
			slow: 1 + 1.4 * Math.max(0, i - 0.5),
			errorShare: i > 0.85 ? 0.25 : 0,
			symptom: "reset",
			down: i > 0.85 ? 0.3 : 0,
		}),
		{ shapes: ["ramp"], onePod: true },
	),
	"disk-full": kind(
		"resource_exhaustion",
		["database", "queue"],
		"grow-storage",
		(i, r) => ({ disk: 0.6 * i, errorShare: i > 0.75 ? 0.35 + 0.4 * r : 0, symptom: "full", slow: 1 + Math.max(0, i - 0.6) }),
		{ shapes: ["ramp"] },
	),
	"network-delay": kind("network", SERVICES, "check-network", (i, r) => ({ linkDelayMs: (90 + 500 * r) * i }), { onePod: true }),
	"network-loss": kind("network", SERVICES, "check-network", (i, r) => ({ linkLoss: (0.15 + 0.25 * r) * i, blackhole: 0.04 * i }), {
		shapes: ["step", "waves"],
	}),
	"network-partition": kind("network", [...INNER, "database", "cache"], "check-network", (i, r) => ({
		blackhole: Math.min(1, (0.5 + 0.5 * r) * i),
	})),
	"name-resolution": kind("network", INNER, "check-dns", (i, r) => ({
		outgoingShare: Math.min(0.95, (0.35 + 0.6 * r) * i),
		outgoingSymptom: "name",
	})),
	"datastore-down": kind("dependency_failure", ["database", "cache", "queue"], "restart", (i, r) => ({
		errorShare: Math.min(1, (0.6 + 0.4 * r) * i),
		symptom: "refused",
		down: 1,
	})),
	"crash-loop": kind(
		"code_defect",
		INNER,
		"rollback",
		(i, r) => ({ errorShare: Math.min(1, (0.4 + 0.5 * r) * i), symptom: "refused", down: 0.6 }),
		{ ...CODE, shapes: ["step", "waves"] },
	),
	"image-unavailable": kind(
		"configuration_error",
		INNER,
		"rollback",
		(i) => ({ down: 0.5, slow: 1 + 1.1 * i, cpu: 0.25 * i, errorShare: 0.12 * i, symptom: "refused" }),
		CODE,
	),
	"probe-failing": kind("configuration_error", INNER, "revert-config", (i) => ({ errorShare: 0.3 * i, symptom: "refused", down: 0.4 }), {
		...SETTING,
		shapes: ["waves"],
	}),
	"slow-query": kind(
		"resource_exhaustion",
		["database"],
		"tune-query",
		(i, r) => ({ slow: 1 + (8 + 30 * r) * i, cpu: 0.5 * i, connections: 0.2 * i }),
		{ shapes: ["step", "ramp"] },
	),
	"lock-contention": kind(
		"resource_exhaustion",
		["database"],
		"terminate-sessions",
		(i, r) => ({ stallShare: Math.min(0.9, (0.3 + 0.4 * r) * i), stallMs: 2500 * i, connections: 0.35 * i }),
		{ shapes: ["step", "waves"] },
	),
	"connections-exhausted": kind(
		"resource_exhaustion",
		["database"],
		"terminate-sessions",
		(i, r) => ({ connections: 0.8 * i, errorShare: i > 0.7 ? 0.3 + 0.4 * r : 0, symptom: "pool" }),
		{ shapes: ["ramp", "step"] },
	),
	"pool-exhausted": kind(
		"resource_exhaustion",
		INNER,
		"revert-config",
		(i, r) => ({
			connections: 0.7 * i,
			stallShare: Math.min(0.9, 0.6 * i),
			stallMs: 1800 * i,
			outgoingShare: (0.2 + 0.3 * r) * i,
			outgoingSymptom: "pool",
		}),
		{ change: "config", changeShare: 0.6, shapes: ["step", "ramp"] },
	),
	"deploy-exception": kind(
		"code_defect",
		SERVICES,
		"rollback",
		(i, r) => ({ errorShare: Math.min(1, (0.15 + 0.7 * r) * i), symptom: "own" }),
		CODE,
	),
	"deploy-silent": kind("code_defect", INNER, "rollback", (i) => ({ skip: i > 0.2 }), CODE),
	"deploy-slow": kind(
		"code_defect",
		INNER,
		"rollback",
		(i, r) => ({ slow: 1 + 3 * i, repeats: r < 0.5 ? 1 + Math.round(7 * i) : 1, cpu: 0.2 * i }),
		CODE,
	),
	"deploy-memory": kind(
		"resource_exhaustion",
		INNER,
		"rollback",
		(i) => ({
			memory: 0.6 * i,
			slow: 1 + 1.4 * Math.max(0, i - 0.5),
			errorShare: i > 0.85 ? 0.3 : 0,
			symptom: "reset",
			down: i > 0.85 ? 0.3 : 0,
		}),
		{ ...CODE, shapes: ["ramp"] },
	),
	"bad-config": kind(
		"configuration_error",
		SERVICES,
		"revert-config",
		(i, r) =>
			r < 0.5
				? { errorShare: Math.min(1, (0.4 + r) * i), symptom: "own" }
				: { outgoingShare: Math.min(1, r * i), outgoingSymptom: "refused" },
		SETTING,
	),
	"permission-denied": kind(
		"configuration_error",
		INNER,
		"restore-permission",
		(i, r) => ({ outgoingShare: Math.min(1, (0.5 + 0.5 * r) * i), outgoingSymptom: "denied" }),
		{ change: "config", changeShare: 0.6 },
	),
	"deadline-too-short": kind("configuration_error", INNER, "revert-config", (i, r) => ({ hasty: 1 + (40 + 120 * r) * i }), SETTING),
	"certificate-expired": kind("configuration_error", ["service", "provider"], "rotate-certificate", (i, r) => ({
		errorShare: Math.min(1, (0.7 + 0.3 * r) * i),
		symptom: "tls",
	})),
	"rate-limited": kind(
		"resource_exhaustion",
		["provider"],
		"raise-quota",
		(i, r) => ({ errorShare: Math.min(0.95, (0.3 + 0.5 * r) * i), symptom: "throttled" }),
		{
			shapes: ["step", "waves"],
		},
	),
	"cache-stampede": kind("resource_exhaustion", ["cache"], "warm-cache", (i) => ({ missShare: Math.min(1, 0.95 * i), memory: -0.3 * i }), {
		shapes: ["step", "waves"],
	}),
	"traffic-surge": kind("traffic", ["gateway"], "scale", (i, r) => ({ traffic: 1 + (2 + 4 * r) * i, cpu: 0.2 * i }), {
		shapes: ["step", "ramp"],
	}),
	"bad-data": kind(
		"data_quality",
		INNER,
		"quarantine-input",
		(i, r) => ({ errorShare: Math.min(0.9, (0.15 + 0.5 * r) * i), symptom: "bad-data" }),
		{
			shapes: ["step", "waves"],
		},
	),
	"queue-backlog": kind(
		"data_quality",
		["worker"],
		"quarantine-input",
		(i, r) => ({ slow: 1 + 12 * i, errorShare: (0.2 + 0.4 * r) * i, symptom: "bad-data" }),
		{ shapes: ["step", "ramp"] },
	),
	"provider-outage": kind("dependency_failure", ["provider"], "contact-provider", (i, r) => ({
		errorShare: Math.min(1, (0.4 + 0.6 * r) * i),
		symptom: r < 0.5 ? "status" : "refused",
		blackhole: 0.1,
	})),
	"provider-slow": kind("dependency_failure", ["provider"], "contact-provider", (i, r) => ({ slow: 1 + (10 + 40 * r) * i }), {
		shapes: ["step", "ramp", "waves"],
	}),
};
