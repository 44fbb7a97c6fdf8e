import { type Analysis, AppError, type Finding, type LanguageModel, type Remediation } from "@faultline/contracts";
import { labelCluster } from "./label/cluster-label.ts";
import { LABEL_SYSTEM, packLabels, packWording } from "./label/prompt.ts";
import { checkLabels, checkWording } from "./label/reply.ts";
import { citedOnly, type Wording, wordByRule } from "./label/wording.ts";
import { type Budget, openPurse, type Purse } from "./model/purse.ts";
import { proposeRemediations } from "./remediate/propose.ts";

export interface DiagnoseOptions {
	model?: LanguageModel | undefined;
	signal?: AbortSignal | undefined;
	budget?: Budget | undefined;
	/** Milliseconds, of any epoch; default performance.now. */
	now?: () => number;
}

/** The worded parts of a report, and what may be done. */
export interface Diagnosis extends Wording {
	/** By cluster id. */
	clusterLabels: Record<string, string>;
	/** Safest first. Never from a model. */
	remediations: Remediation[];
	/** What the reader should know of the wording ("the language model took too long..."). */
	notes: string[];
	usage: { tokens: number; cost: number; ms: number };
}

const WORDING_TOKENS = 12_000;
const LABEL_BATCH_TOKENS = 6_000;
const MAX_FINDINGS = 12;

/**
 * Words what the analysis found and proposes what to do. Never fails: without a model, and wherever one refuses, errs, is slow,
 * dear, cut off or unsound, the wording is by rule, and `notes` says why. The verdict, causes, category, confidence, change and
 * remediations come from the analysis alone, whatever a model says.
 */
export async function diagnose(analysis: Analysis, options: DiagnoseOptions = {}): Promise<Diagnosis> {
	const now = options.now ?? (() => performance.now());
	const began = now();
	const draft = wordByRule(analysis);
	const diagnosis: Diagnosis = {
		...draft,
		clusterLabels: Object.fromEntries(analysis.clusters.map((c) => [c.id, labelCluster(c)])),
		remediations: proposeRemediations(analysis),
		notes: [],
		usage: { tokens: 0, cost: 0, ms: 0 },
	};
	// A quiet window needs no words: the rule's sentence says it, at no cost.
	if (options.model !== undefined && analysis.verdict === "incident") {
		const purse = openPurse(options.model, options.budget ?? {}, options.signal);
		await Promise.all([improveWording(analysis, draft, purse, diagnosis), improveLabels(analysis, purse, diagnosis)]);
		Object.assign(diagnosis.usage, purse.spent());
	}
	diagnosis.usage.ms = Math.max(0, now() - began);
	return diagnosis;
}

async function improveWording(analysis: Analysis, draft: Wording, purse: Purse, diagnosis: Diagnosis): Promise<void> {
	const { packed, aliases } = packWording(analysis, draft, WORDING_TOKENS);
	try {
		const reply = await purse.ask(packed.system, packed.prompt);
		const checked = checkWording(reply, analysis, aliases, packed.facts);
		if (checked.title !== undefined) diagnosis.title = checked.title;
		if (checked.summary !== undefined) diagnosis.summary = checked.summary;
		diagnosis.findings = mergeFindings(citedOnly(checked.findings, analysis), draft.findings);
		if (checked.setAside.length > 0) {
			diagnosis.notes.push(
				`Of the language model's wording, ${checked.setAside.length === 1 ? "1 part was" : `${checked.setAside.length} parts were`} set aside (${[...new Set(checked.setAside)].slice(0, 4).join("; ")}).`,
			);
		}
	} catch (thrown) {
		diagnosis.notes.push(`Worded by rule: ${faultOf(thrown)}.`);
	}
}

/** The model's findings, and after them the rule's about evidence that the model left out. */
function mergeFindings(worded: Finding[], byRule: Finding[]): Finding[] {
	const told = new Set(worded.flatMap((f) => f.evidence));
	return [...worded, ...byRule.filter((f) => f.evidence.some((id) => !told.has(id)))].slice(0, MAX_FINDINGS);
}

async function improveLabels(analysis: Analysis, purse: Purse, diagnosis: Diagnosis): Promise<void> {
	const batches = packLabels(analysis.clusters, LABEL_BATCH_TOKENS);
	const faults = new Set<string>();
	await Promise.all(
		batches.map(async (batch) => {
			try {
				const reply = await purse.ask(LABEL_SYSTEM, batch.prompt);
				for (const [id, label] of checkLabels(reply, batch.ids, analysis)) diagnosis.clusterLabels[id] = label;
			} catch (thrown) {
				faults.add(faultOf(thrown));
			}
		}),
	);
	if (faults.size > 0) diagnosis.notes.push(`Log clusters labelled by rule: ${[...faults].join("; ")}.`);
}

/** Only our own errors may speak: another's message can hold anything. */
function faultOf(thrown: unknown): string {
	return thrown instanceof AppError ? thrown.message : "the language model failed";
}
