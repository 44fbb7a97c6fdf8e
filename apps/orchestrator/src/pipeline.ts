import { type Analysis, type Encoder, type EvidenceSet, type IncidentReport, type LanguageModel, toAppError } from "@faultline/contracts";
import {
	type CorrelateInput,
	callsOf,
	correlate,
	createSituation,
	locateOnset,
	type Method,
	type Moment,
	matchSources,
	type ShapeRecogniser,
	type Situation,
} from "@faultline/correlation";
import { diagnose } from "@faultline/diagnosis";
import { createHashingEncoder, type PlaceholderRule } from "@faultline/logs";
import { detectSeries } from "./analyze/detect.ts";
import { normalise } from "./analyze/normalise.ts";
import { type NoveltyResult, noveltyOfTemplates } from "./analyze/novelty.ts";
import { orderNotes, withAgreement } from "./analyze/order.ts";
import { outlyingResources } from "./analyze/outliers.ts";
import { nameShapes } from "./analyze/shapes.ts";
import { judgeStreams } from "./analyze/streams.ts";
import { groupTemplates } from "./analyze/templates.ts";
import { toReport } from "./analyze/to-report.ts";
import { type Advice, withAdvice } from "./learned/with-advice.ts";

export interface AnalyzeOptions {
	/** Words the report; without one it is worded by rule. */
	model?: LanguageModel | undefined;
	/** Embeds log templates. Without one, and where one of the name "default" fails, the hashing encoder, which needs no file. */
	encoder?: Encoder | undefined;
	/** What varies in a log line; the default rules without. */
	rules?: readonly PlaceholderRule[] | undefined;
	/** Names the shapes of abnormal metrics; without one they have none. */
	shapes?: ShapeRecogniser | undefined;
	/** Asked what the incidents that people confirmed say of the ranking; without one nothing is learned. */
	learned?: ((analysis: Analysis) => Promise<Advice | undefined>) | undefined;
	signal?: AbortSignal | undefined;
	/** Methods to do without, to see what they are worth. */
	without?: ReadonlySet<Method>;
	/** Milliseconds of any epoch, for the time that was used. */
	now?: () => number;
	/** Told what the report's verdict and confidence are calibrated by: for those who fit the calibration. */
	onFigures?: CorrelateInput["onFigures"];
}

/** From everything known about one window to a report: normalise, templates, match, embed, detect, correlate and rank, diagnose. */
export async function analyze(evidence: EvidenceSet, options: AnalyzeOptions = {}): Promise<IncidentReport> {
	const now = options.now ?? (() => performance.now());
	const began = now();
	const input = await prepare(evidence, options);
	const found = await withLearned(input, correlate(input), options.learned);
	const analysis = { ...found, notes: [...found.notes, ...orderNotes(input, found)] };
	const diagnosis = await diagnose(analysis, { model: options.model, signal: options.signal, now });
	return toReport(analysis, diagnosis, now() - began);
}

/** The analysis in the order that confirmed incidents advise, and a note of whether and why. */
async function withLearned(input: CorrelateInput, found: Analysis, ask: AnalyzeOptions["learned"]): Promise<Analysis> {
	const advice = await ask?.(found);
	if (advice === undefined) return found;
	return withAdvice(advice.order === undefined ? found : correlate({ ...input, order: advice.order }), advice);
}

/** Everything up to the ranking: normalise, templates, match, embed, detect. */
export async function prepare(evidence: EvidenceSet, options: Omit<AnalyzeOptions, "model" | "now"> = {}): Promise<CorrelateInput> {
	const clean = normalise(evidence);
	const templates = groupTemplates(clean, options.rules);
	const matched = await matchSources(clean, templates, options.encoder ?? createHashingEncoder());
	const situation = createSituation(matched.evidence, templates);
	const calls = callsOf(situation);
	const moment = locateOnset(situation, calls);
	const { novelty, index, notes } = await judgeNovelty(situation, moment, options.encoder);
	const streams = judgeStreams(situation, moment);
	const scored = detectSeries(situation, moment);
	const outliers = outlyingResources(situation, moment, scored);
	const shaped = options.shapes === undefined ? undefined : await nameShapes(situation, moment, scored, options.shapes);
	notes.push(...matched.notes, ...(shaped?.notes ?? []));
	if (index === "exact") notes.push("Vector index: exact; FAISS is not installed.");
	const { without, onFigures } = options;
	const verdicts = shaped?.verdicts ?? scored;
	const seen = { situation, moment: withAgreement(moment, situation.series, verdicts), calls };
	return { ...seen, novelty, streams, verdicts, outliers, notes, ...(without === undefined ? {} : { without }), onFigures };
}

/** What is new among the templates, by the encoder that was chosen; the default may be missing, and is then said to be. */
async function judgeNovelty(
	situation: Situation,
	moment: Moment,
	encoder = createHashingEncoder(),
): Promise<NoveltyResult & { notes: string[] }> {
	try {
		return { ...(await noveltyOfTemplates(situation, moment, encoder)), notes: [] };
	} catch (thrown) {
		const { code, message } = toAppError(thrown);
		if (encoder.name !== "default" || code === "CANCELLED") throw thrown;
		const lexical = await noveltyOfTemplates(situation, moment, createHashingEncoder());
		return { ...lexical, notes: [`Encoder: lexical; the default cannot be used (${message}).`] };
	}
}
