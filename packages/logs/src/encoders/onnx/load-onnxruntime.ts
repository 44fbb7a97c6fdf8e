import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { AppError } from "@faultline/contracts";
import type * as OnnxRuntime from "onnxruntime-node";

let loaded: typeof OnnxRuntime | undefined;

/** ONNX Runtime's native module, loaded where it is first used: it costs tens of milliseconds. @throws UNAVAILABLE where it is not installed */
export function loadOnnxRuntime(): typeof OnnxRuntime {
	if (loaded !== undefined) return loaded;
	for (const place of places(import.meta.url)) {
		try {
			loaded = createRequire(place)("onnxruntime-node") as typeof OnnxRuntime;
			return loaded;
		} catch {
			// Not to be found or not to be loaded from there; the next place may do.
		}
	}
	throw new AppError("UNAVAILABLE", "onnxruntime-node is not installed or does not run on this system", {
		hint: "run pnpm install in the checkout, or choose the encoder that needs no model: hash",
	});
}

/** This file; and, where it has been bundled into an app of a checkout, the package that declares onnxruntime-node. */
function places(here: string): string[] {
	const found = [here];
	for (let folder = new URL(".", here); folder.pathname !== "/"; folder = new URL("..", folder)) {
		const declaring = new URL("packages/logs/package.json", folder);
		if (existsSync(declaring)) found.push(declaring.href);
	}
	return found;
}
