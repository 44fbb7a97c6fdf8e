import { createVectorIndex, fitNovelty, openIndexInWorker, type Searchable } from "@faultline/anomaly";
import type { Encoder } from "@faultline/contracts";
import { type Moment, phaseOf, type Situation, type TemplateNovelty } from "@faultline/correlation";

export interface NoveltyResult {
	/** By template: only of those that were not there before the fault. */
	novelty: Map<string, TemplateNovelty>;
	/** Which index judged: said in the report where it is not FAISS. */
	index: "faiss" | "exact" | "none";
}

/** Templates of a baseline from which on a search would hold up whoever else runs in this thread: a tenth of a second. */
const WORTH_A_THREAD = 10_000;

/** Embeds the templates and says how far each new one is from the nearest that the baseline knew: a known line in other words is no news. */
export async function noveltyOfTemplates(situation: Situation, moment: Moment, encoder: Encoder): Promise<NoveltyResult> {
	const before = new Set<string>();
	const firstSeen = new Map<string, number>();
	let earliest = moment.onset;
	for (const log of situation.logs) {
		const phase = phaseOf(moment, log.at);
		if (phase === "before") {
			before.add(log.template);
			earliest = Math.min(earliest, log.at);
		} else if (phase === "during" && !firstSeen.has(log.template)) firstSeen.set(log.template, log.at);
	}
	const fresh = [...firstSeen.keys()].filter((id) => !before.has(id));
	if (fresh.length === 0 || before.size === 0) return { novelty: new Map(), index: "none" };
	const texts = (ids: readonly string[]): string[] => ids.map((id) => situation.templates.text(id) ?? id);
	const [baseline, news] = [await encoder.encode(texts([...before])), await encoder.encode(texts(fresh))];
	const inWords = (found: Map<string, TemplateNovelty>): Map<string, TemplateNovelty> =>
		new Map([...found].map(([id, one]) => [id, { ...one, words: wordsOf(one, firstSeen.get(id) ?? moment.onset, earliest) }]));
	const { dimensions } = encoder;
	if (baseline.length < WORTH_A_THREAD) {
		const index = createVectorIndex({ dimensions });
		return { novelty: inWords(await judge(index, baseline, fresh, news)), index: index.kind };
	}
	const index = await openIndexInWorker({ dimensions });
	try {
		return { novelty: inWords(await judge(index, baseline, fresh, news)), index: index.kind };
	} finally {
		await index.close();
	}
}

async function judge(
	index: Searchable,
	baseline: readonly Float32Array[],
	fresh: readonly string[],
	news: readonly Float32Array[],
): Promise<Map<string, TemplateNovelty>> {
	const known = await fitNovelty(index, baseline);
	const scores = await known.score(news);
	return new Map(fresh.map((id, i) => [id, { score: scores[i]?.score ?? 1, threshold: known.threshold }]));
}

/** "template first seen 10:03:07, 0 times in the 28 min before, novelty 0.41 against 0.12". */
function wordsOf({ score, threshold }: TemplateNovelty, at: number, earliest: number): string {
	const minutes = Math.max(1, Math.round((at - earliest) / 60_000));
	const span = minutes >= 120 ? `${Math.round(minutes / 60)} h` : `${minutes} min`;
	const seen = `template first seen ${new Date(at).toISOString().slice(11, 19)}, 0 times in the ${span} before`;
	return `${seen}, novelty ${score.toFixed(2)} against ${threshold.toFixed(2)}`;
}
