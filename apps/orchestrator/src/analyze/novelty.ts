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
	const during = new Set<string>();
	for (const log of situation.logs) {
		const phase = phaseOf(moment, log.at);
		if (phase === "before") before.add(log.template);
		else if (phase === "during") during.add(log.template);
	}
	const fresh = [...during].filter((id) => !before.has(id));
	if (fresh.length === 0 || before.size === 0) return { novelty: new Map(), index: "none" };
	const texts = (ids: readonly string[]): string[] => ids.map((id) => situation.templates.text(id) ?? id);
	const [baseline, news] = [await encoder.encode(texts([...before])), await encoder.encode(texts(fresh))];
	const { dimensions } = encoder;
	if (baseline.length < WORTH_A_THREAD) {
		const index = createVectorIndex({ dimensions });
		return { novelty: await judge(index, baseline, fresh, news), index: index.kind };
	}
	const index = await openIndexInWorker({ dimensions });
	try {
		return { novelty: await judge(index, baseline, fresh, news), index: index.kind };
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
