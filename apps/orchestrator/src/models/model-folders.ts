import { existsSync } from "node:fs";
import { readdir, stat } from "node:fs/promises";
import { isAbsolute, join, resolve, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { AppError } from "@faultline/contracts";

/** Where models are looked for: the user's own first, then those that came with the program. */
export function modelFolders(dataDir: string): string[] {
	const shipped = shippedModels();
	return [join(dataDir, "models"), ...(shipped === undefined ? [] : [shipped])];
}

/** The models folder beside the package.json above this file: of the checkout, or of the image. */
export function shippedModels(here: string = import.meta.url): string | undefined {
	for (let folder = new URL(".", here); folder.pathname !== "/"; folder = new URL("..", folder)) {
		const models = new URL("models/", folder);
		if (existsSync(new URL("package.json", folder)) && existsSync(models)) return fileURLToPath(models);
	}
	return undefined;
}

/** Folders of models by name; a user's own hides a shipped one of its name. */
export async function listModelFolders(folders: readonly string[]): Promise<Map<string, string>> {
	const found = new Map<string, string>();
	for (const folder of folders) {
		const names = await readdir(folder).catch(() => []);
		for (const name of names.sort()) {
			const path = join(folder, name);
			if (!found.has(name) && !name.startsWith(".") && (await holdsModel(path))) found.set(name, path);
		}
	}
	return found;
}

const holdsModel = (path: string): Promise<boolean> =>
	Promise.all(["manifest.json", "model.onnx", join("onnx", "model.onnx")].map((file) => isFile(join(path, file)))).then((there) =>
		there.includes(true),
	);

const isFile = (path: string): Promise<boolean> =>
	stat(path).then(
		(found) => found.isFile(),
		() => false,
	);

/** The folder of a model by its name in `folders`, or by its path. @throws NOT_FOUND naming those that there are */
export async function findModelFolder(name: string, folders: readonly string[]): Promise<string> {
	if (isAbsolute(name) || name.includes("/") || name.includes(sep)) {
		if (await holdsModel(name)) return resolve(name);
		throw new AppError("NOT_FOUND", `${name}: there is no model in that folder`, {
			hint: "a model's folder holds model.onnx and tokenizer.json",
		});
	}
	const known = await listModelFolders(folders);
	const folder = known.get(name);
	if (folder !== undefined) return folder;
	throw new AppError("NOT_FOUND", `there is no model "${name.slice(0, 60)}"`, {
		hint: `one of: default, hash, ${[...known.keys()].join(", ")}; or the path of a folder with model.onnx and tokenizer.json`,
	});
}

/** A wrong name is told at once, and not by the first analysis that has a line to embed. @throws NOT_FOUND */
export async function requireEncoder({ name, folders }: { name: string; folders: readonly string[] }): Promise<void> {
	if (name !== "default" && name !== "hash") await findModelFolder(name, folders);
}
