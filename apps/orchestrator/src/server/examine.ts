import { access, constants, mkdir } from "node:fs/promises";
import { toAppError } from "@faultline/contracts";
import { type SourceLauncher, sourceOpeners } from "../collect/connect-source.ts";
import { checkSource, type SourceHealth } from "../collect/source-health.ts";
import { type ConfigPlace, dataDir, loadConfig } from "../config/load-config.ts";
import { type FaultlineConfig, SOURCE_NAMES } from "../config/schema.ts";
import { chooseEncoder } from "../models/encoder-choice.ts";

/** One thing that was looked at. "warn": it works without, less well. */
export interface Examined {
	name: string;
	status: "ok" | "warn" | "fail" | "off";
	detail: string;
	/** How to mend it. */
	hint?: string;
	/** One line per check, where there are several. */
	checks?: SourceHealth["checks"];
}

/** A source's server has to start, and its upstream to answer. */
const CHECK_MS = 15_000;

/** Looks at everything that a report needs: configuration, sources, index, encoder, store, language model. Secrets are never part of the answer. */
export async function examine(place: ConfigPlace, launcher: SourceLauncher, signal: AbortSignal): Promise<Examined[]> {
	const { examined, config } = await examineConfig(place);
	const [sources, index, encoder, store] = await Promise.all([
		examineSources(config, place, launcher, signal),
		examineIndex(),
		import("../models/examine-encoder.ts").then(({ examineEncoder }) => examineEncoder(chooseEncoder(place, config))),
		examineStore(dataDir(place, config)),
	]);
	return [examineNode(), examined, ...sources, index, encoder, store, await examineModel(place.env)];
}

function examineNode(): Examined {
	const major = Number(process.versions.node.split(".")[0]);
	if (major >= 24) return { name: "node", status: "ok", detail: `Node ${process.versions.node}` };
	return {
		name: "node",
		status: "fail",
		detail: `Node ${process.versions.node} is too old`,
		hint: "run it with Node 24 (the ./faultline launcher fetches it)",
	};
}

async function examineConfig(place: ConfigPlace): Promise<{ examined: Examined; config: FaultlineConfig | undefined }> {
	try {
		const { config, path } = await loadConfig(place);
		return { examined: { name: "configuration", status: "ok", detail: path }, config };
	} catch (thrown) {
		return { examined: failed("configuration", thrown), config: undefined };
	}
}

async function examineSources(
	config: FaultlineConfig | undefined,
	place: ConfigPlace,
	launcher: SourceLauncher,
	signal: AbortSignal,
): Promise<Examined[]> {
	if (config === undefined) return [];
	const openers = sourceOpeners(config, launcher, place.env);
	return Promise.all(
		SOURCE_NAMES.map(async (name): Promise<Examined> => {
			const open = openers.get(name);
			if (open === undefined)
				return { name, status: "off", detail: "not configured", hint: `add sources.${name} to the configuration to use it` };
			const { status, checks, error } = await checkSource(name, open, CHECK_MS, signal);
			if (error !== undefined) return failed(name, error);
			const good = checks.filter((c) => c.ok).length;
			return {
				name,
				status: status === "ok" ? "ok" : status === "partial" ? "warn" : "fail",
				detail: `${good} of ${checks.length} checks pass`,
				checks,
			};
		}),
	);
}

async function examineIndex(): Promise<Examined> {
	try {
		const { faissStatus } = await import("@faultline/anomaly");
		const status = faissStatus();
		if (status.available) return { name: "faiss", status: "ok", detail: "the FAISS index is in use" };
		return {
			name: "faiss",
			status: "warn",
			detail: status.reason ?? "FAISS is not available",
			hint: "run node scripts/faiss.mjs in the checkout",
		};
	} catch (thrown) {
		return failed("faiss", thrown);
	}
}

async function examineStore(directory: string): Promise<Examined> {
	try {
		await mkdir(directory, { recursive: true, mode: 0o700 });
		await access(directory, constants.W_OK | constants.R_OK);
		return { name: "store", status: "ok", detail: directory };
	} catch (thrown) {
		const code = (thrown as NodeJS.ErrnoException).code ?? "unknown error";
		return {
			name: "store",
			status: "warn",
			detail: `${directory} cannot be written (${code}): reports are not kept`,
			hint: "set FAULTLINE_DATA_DIR to a folder that you may write",
		};
	}
}

/** Whether a key is there, not whether it is good: that would cost a call. */
async function examineModel(env: Record<string, string | undefined>): Promise<Examined> {
	try {
		const { modelFromEnv } = await import("@faultline/diagnosis");
		const model = modelFromEnv(env);
		if (model !== undefined)
			return { name: "claude", status: "ok", detail: `ANTHROPIC_API_KEY is set; model ${model.name} (not called now)` };
		return {
			name: "claude",
			status: "off",
			detail: "no ANTHROPIC_API_KEY: labels and wording are deterministic",
			hint: "set it to have Claude word the findings",
		};
	} catch (thrown) {
		return failed("claude", thrown);
	}
}

function failed(name: string, thrown: unknown): Examined {
	const { code, message, hint } = toAppError(thrown);
	return { name, status: "fail", detail: `${code}: ${message}`, ...(hint === undefined ? {} : { hint }) };
}
