import { join } from "node:path";
import { AppError } from "@faultline/contracts";
import { type ShapeRecogniser, WINDOW_CELLS, WINDOW_CHANNELS } from "@faultline/correlation";
import { checkHashes, loadOnnxRuntime, readManifest } from "@faultline/logs/encoders";
import { listModelFolders } from "./model-folders.ts";

export interface OpenedShapes extends ShapeRecogniser {
	close(): Promise<void>;
}

/** The network of fault shapes, models/tcn, through ONNX Runtime. @throws what loading a model throws */
export async function openShapes(folder: string): Promise<OpenedShapes> {
	const manifest = await readManifest(folder);
	if (manifest?.task !== "tcn") throw new AppError("BAD_INPUT", `${folder}: its manifest does not describe a network of shapes`);
	await checkHashes(folder, manifest);
	const { InferenceSession, Tensor } = loadOnnxRuntime();
	const session = await InferenceSession.create(join(folder, "model.onnx"), { intraOpNumThreads: 1, interOpNumThreads: 1 });
	return {
		async recognise(windows, count) {
			const { shape, onset } = await session.run({ windows: new Tensor("float32", windows, [count, WINDOW_CHANNELS, WINDOW_CELLS]) });
			return { shapes: shape?.data as Float32Array, onsets: onset?.data as Float32Array };
		},
		close: () => session.release(),
	};
}

/** The network in one of `folders`, opened by the first window; undefined where no folder has one. */
export async function lazyShapes(folders: readonly string[]): Promise<OpenedShapes | undefined> {
	const folder = (await listModelFolders(folders)).get("tcn");
	if (folder === undefined) return undefined;
	let opening: Promise<OpenedShapes> | undefined;
	return {
		async recognise(windows, count) {
			opening ??= openShapes(folder);
			return (await opening).recognise(windows, count);
		},
		async close() {
			await opening?.then((opened) => opened.close()).catch(() => undefined);
		},
	};
}
