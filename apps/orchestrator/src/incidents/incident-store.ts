import { randomBytes } from "node:crypto";
import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { AppError, type EvidenceSet, IncidentReport } from "@faultline/contracts";
import { type Confirmations, folderConfirmations } from "./confirmations.ts";
import { packEvidence, unpackEvidence } from "./evidence-file.ts";
import { fileId, writeWhole } from "./whole-file.ts";

export interface IncidentSummary {
	id: string;
	title: string;
	verdict: IncidentReport["verdict"];
	severity: IncidentReport["severity"];
	confidence: IncidentReport["confidence"];
	startedAt: string | null;
	window: IncidentReport["window"];
	/** What a person said the cause was; null: there was no incident. Absent where nobody said. */
	confirmed?: NonNullable<IncidentReport["confirmed"]>;
}

/** Reports, and the evidence of the newest of them, kept on disk. */
export interface IncidentStore {
	saveReport(report: IncidentReport): Promise<void>;
	saveEvidence(evidence: EvidenceSet): Promise<void>;
	/** @throws NOT_FOUND */
	report(id: string): Promise<IncidentReport>;
	/** Shared with other readers: not to be changed. @throws NOT_FOUND where it was never kept, or is no longer. */
	evidence(id: string): Promise<EvidenceSet>;
	/** What people said of them; it outlives the reports. */
	confirmations: Confirmations;
	/** Newest first. */
	list(limit?: number): Promise<IncidentSummary[]>;
}

export interface StoreLimits {
	/** How many are kept; the oldest go first. */
	reports: number;
	evidence: number;
}

/** Evidence sets that stay unpacked: to unpack one takes the processor for a good part of a second, and one set is searched many times. */
const HELD_OPEN = 2;
const DEFAULT_LIMITS: StoreLimits = { reports: 500, evidence: 20 };

/** A new incident id: sortable by time, safe as a file name and in an address. */
export function newIncidentId(now: number, prefix = "inc"): string {
	const stamp = new Date(now).toISOString().slice(0, 19).replace(/[-:]/g, "").replace("T", "-");
	return `${prefix}-${stamp}-${randomBytes(3).toString("hex")}`;
}

/** A store in a folder: one JSON file per report, one gzipped file per evidence set, written whole or not at all. */
export function folderStore(directory: string, limits: StoreLimits = DEFAULT_LIMITS): IncidentStore {
	const reports = join(directory, "incidents");
	const evidences = join(directory, "evidence");
	const confirmations = folderConfirmations(directory);
	const opened = new Map<string, { stamp: string; evidence: Promise<EvidenceSet> }>();

	return {
		confirmations,
		async saveReport(report) {
			await writeWhole(reports, `${fileId(report.id)}.json`, JSON.stringify(report));
			await keepNewest(reports, limits.reports);
		},
		async saveEvidence(evidence) {
			await writeWhole(evidences, `${fileId(evidence.id)}.json.gz`, packEvidence(evidence));
			await keepNewest(evidences, limits.evidence);
		},
		async report(id) {
			const text = await readKept(join(reports, `${fileId(id)}.json`), `incident ${id}`);
			const parsed = IncidentReport.safeParse(parseJson(text.toString("utf8")));
			if (!parsed.success) throw new AppError("INTERNAL", `the stored report ${id} is damaged`, { hint: "run the report again" });
			const confirmed = await confirmations.of(id);
			return confirmed === undefined ? parsed.data : { ...parsed.data, confirmed };
		},
		async evidence(id) {
			const path = join(evidences, `${fileId(id)}.json.gz`);
			const { mtimeMs, size } = await stat(path).catch(() => ({ mtimeMs: 0, size: 0 }));
			const stamp = `${mtimeMs} ${size}`;
			const known = opened.get(id);
			if (known?.stamp === stamp) return await known.evidence;
			const evidence = readEvidence(path, id);
			opened.delete(id);
			opened.set(id, { stamp, evidence });
			for (const [oldest] of opened) if (opened.size > HELD_OPEN) opened.delete(oldest);
			return await evidence.catch((thrown: unknown) => {
				opened.delete(id);
				throw thrown;
			});
		},
		async list(limit = 50) {
			const files = (await newestFirst(reports)).filter((f) => f.name.endsWith(".json"));
			const found: IncidentSummary[] = [];
			for (const file of files) {
				if (found.length >= limit) break;
				const parsed = IncidentReport.safeParse(parseJson(await readFile(join(reports, file.name), "utf8").catch(() => "")));
				if (!parsed.success) continue;
				const confirmed = await confirmations.of(parsed.data.id);
				found.push({ ...summaryOf(parsed.data), ...(confirmed === undefined ? {} : { confirmed }) });
			}
			return found;
		},
	};
}

async function readEvidence(path: string, id: string): Promise<EvidenceSet> {
	const bytes = await readKept(path, `the evidence of ${id}`);
	try {
		return unpackEvidence(bytes);
	} catch (cause) {
		throw new AppError("INTERNAL", `the stored evidence of ${id} is damaged`, { cause, hint: "run the report again" });
	}
}

export function summaryOf({ id, title, verdict, severity, confidence, startedAt, window }: IncidentReport): IncidentSummary {
	return { id, title, verdict, severity, confidence, startedAt, window };
}

async function readKept(path: string, what: string): Promise<Buffer> {
	return readFile(path).catch((cause: NodeJS.ErrnoException) => {
		if (cause.code === "ENOENT")
			throw new AppError("NOT_FOUND", `there is no ${what}`, { hint: "list the incidents that are kept, or run the report again" });
		throw new AppError("UNAVAILABLE", `cannot read ${what} (${cause.code ?? "unknown error"})`, { cause });
	});
}

async function newestFirst(directory: string): Promise<{ name: string; ms: number }[]> {
	const names = (await readdir(directory).catch(() => [])).filter((name) => !name.startsWith("."));
	const timed = await Promise.all(
		names.map(async (name) => ({ name, ms: (await stat(join(directory, name)).catch(() => undefined))?.mtimeMs ?? 0 })),
	);
	return timed.sort((a, b) => b.ms - a.ms || (a.name < b.name ? 1 : -1));
}

async function keepNewest(directory: string, count: number): Promise<void> {
	const surplus = (await newestFirst(directory)).slice(count);
	await Promise.all(surplus.map((file) => rm(join(directory, file.name), { force: true })));
}

function parseJson(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}
