export {
	type AdaptiveCalibration,
	type AdaptiveOptions,
	type Calibration,
	type CalibrationOptions,
	createAdaptiveCalibration,
	fitCalibration,
} from "./calibration.ts";
export { type CountVectors, fitCountVectors } from "./count-vector.ts";
export { detectSessions, type SessionDetectorOptions, type SessionVerdict } from "./detect-sessions.ts";
export { type BatchEnsemble, fitBatchEnsemble } from "./ensemble/batch-ensemble.ts";
export { type CalibratedEnsemble, type EnsembleMember, fitEnsemble } from "./ensemble/calibrated-ensemble.ts";
export { driftOf, type EventDrift } from "./ensemble/drift.ts";
export { fitStream, STREAM_DETECTORS, type StreamOptions, type StreamVerdict, type StreamVote } from "./ensemble/stream/detect-stream.ts";
export { type StreamLine, type StreamWindow, windowsOf } from "./ensemble/stream/stream-line.ts";
export { DEFAULT_WEIGHTS, DETECTOR_NAMES, type DetectorWeights, type Regime, weightsOf } from "./ensemble/weights.ts";
export { createEventGrams, type EventGrams } from "./event-grams.ts";
export { type Hdbscan, type HdbscanModel, type HdbscanOptions, hdbscan } from "./hdbscan/hdbscan.ts";
export { type PointScore, scorePoints } from "./hdbscan/score-point.ts";
export { fitIqr, type Iqr } from "./iqr.ts";
export { averagePath, fitIsolationForest, type IsolationForest, type IsolationForestOptions, isolationScore } from "./isolation-forest.ts";
export { isolationScores } from "./isolation-scores.ts";
export { fitNovelty, type Novelty, type NoveltyOptions, type NoveltyScore, type Searchable } from "./novelty.ts";
export { fitAutoencoderDetector } from "./points/autoencoder-detector.ts";
export { type DensityDetectorOptions, fitDensityDetector } from "./points/density-detector.ts";
export { fitIsolationDetector, type IsolationDetectorOptions } from "./points/isolation-detector.ts";
export type { PointDetector, PointDetectorOptions } from "./points/point-detector.ts";
export { quantile } from "./quantile.ts";
export { fitRobustZ, type RobustZ } from "./robust-z.ts";
export { checkRows, type Rows, toRows } from "./rows.ts";
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
export { fitVae, openVae, type Vae, type VaeModel, type VaeOptions, type VaeScores, vaeFile } from "./vae/vae.ts";
export { fitValueVotes, type ValueJudge, type ValueVotesOptions } from "./value-votes.ts";
export { loadIndex, saveIndex } from "./vector-index/index-file.ts";
export { openIndexInWorker, type WorkerIndex } from "./vector-index/index-in-worker.ts";
export { type FaissStatus, faissStatus } from "./vector-index/load-faiss.ts";
export { createVectorIndex, type ShapedVectorIndex, type VectorIndexOptions } from "./vector-index/vector-index.ts";
export { isAnomalous, type Vote } from "./vote.ts";
export { fitZScore, type ZScore } from "./z-score.ts";
