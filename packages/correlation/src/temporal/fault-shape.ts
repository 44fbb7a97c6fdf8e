import { WINDOW_CELLS } from "./shape-window.ts";

/** In the order of the network's answers. */
export const FAULT_SHAPES = ["none", "step-up", "step-down", "ramp", "spikes", "plateau", "oscillation", "recovered", "gone"] as const;
export type FaultShape = (typeof FAULT_SHAPES)[number];

/** Names the shapes of windows as `toChannels` makes them: models/tcn behind ONNX Runtime, or whatever else does. */
export interface ShapeRecogniser {
	/** Logits of the shapes and of the cells, row by row, of `count` windows laid end to end. */
	recognise(windows: Float32Array, count: number): Promise<{ shapes: Float32Array; onsets: Float32Array }>;
}

/** What a series looks like from the fault on. */
export interface SeriesShape {
	shape: FaultShape;
	/** Of the shape, in [0, 1]. */
	probability: number;
	/** Where it began, milliseconds since the epoch; undefined where nothing did. */
	onset: number | undefined;
	/** The chance that it began within two cells of there. */
	certain: number;
}

/** Cells beside the likeliest that count as the same place. */
const NEAR = 2;

/** The answer for one window of `cells` cells, of which the first began at `first` and each is `width` milliseconds. */
export function readShape(
	shapes: Float32Array,
	onsets: Float32Array,
	{ cells, first, width }: { cells: number; first: number; width: number },
): SeriesShape {
	const chances = softmax(shapes);
	const which = chances.indexOf(Math.max(...chances));
	const shape = FAULT_SHAPES[which] ?? "none";
	const places = softmax(onsets.subarray(WINDOW_CELLS - cells));
	const at = places.indexOf(Math.max(...places));
	const certain = places.slice(Math.max(0, at - NEAR), at + NEAR + 1).reduce((a, b) => a + b, 0);
	return { shape, probability: chances[which] as number, onset: shape === "none" ? undefined : first + at * width, certain };
}

function softmax(logits: Float32Array): number[] {
	const most = Math.max(...logits);
	const weights = Array.from(logits, (x) => Math.exp(x - most));
	const sum = weights.reduce((a, b) => a + b, 0);
	return weights.map((w) => w / sum);
}

/** A shape below this chance is not worth a word. */
const TELLING = 0.7;

/** For a reader: "rose step-like at 10:03:30"; undefined where the network sees no shape or is not sure. */
export function shapeWords({ shape, probability, onset }: SeriesShape, direction: "up" | "down" | "none"): string | undefined {
	if (probability < TELLING || onset === undefined) return undefined;
	const at = new Date(onset).toISOString().slice(11, 19);
	const moved = direction === "down" ? "fell" : "rose";
	switch (shape) {
		case "step-up":
		case "step-down":
			return `${shape === "step-up" ? "rose" : "fell"} step-like at ${at}`;
		case "ramp":
			return `${moved} steadily from ${at} on`;
		case "spikes":
			return `spiked from ${at} on`;
		case "plateau":
			return `${moved} from ${at} on, then held a level`;
		case "oscillation":
			return `swung to and fro from ${at} on`;
		case "recovered":
			return `${moved} at ${at} and came back`;
		case "gone":
			return `fell to nothing at ${at}`;
		case "none":
			return undefined;
	}
}
