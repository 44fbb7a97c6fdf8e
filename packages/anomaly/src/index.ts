export { type CountVectors, fitCountVectors } from "./count-vector.ts";
export { detectSessions, type SessionDetectorOptions, type SessionVerdict } from "./detect-sessions.ts";
export { createEventGrams, type EventGrams } from "./event-grams.ts";
export { createExactIndex } from "./exact-index.ts";
export { createFaissIndex, type FaissStatus, faissStatus } from "./faiss-index.ts";
export { fitIqr, type Iqr } from "./iqr.ts";
export { averagePath, fitIsolationForest, type IsolationForest, type IsolationForestOptions, isolationScore } from "./isolation-forest.ts";
export { fitNovelty, type Novelty, type NoveltyOptions } from "./novelty.ts";
export { quantile } from "./quantile.ts";
export { fitRobustZ, type RobustZ } from "./robust-z.ts";
export { type SeriesOptions, type SeriesScore, type SeriesVote, scoreSeries } from "./score-series.ts";
export {
	type CountForm,
	countEvents,
	createEventNumbers,
	distinctForms,
	type EventCounts,
	type EventNumbers,
	type Session,
} from "./session-counts.ts";
export { createVectorIndex, type VectorIndexOptions } from "./vector-index.ts";
export { isAnomalous, type Vote } from "./vote.ts";
export { fitZScore, type ZScore } from "./z-score.ts";
