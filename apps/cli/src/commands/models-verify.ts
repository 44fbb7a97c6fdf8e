import { toAppError } from "@faultline/contracts";
import type { Command } from "commander";
import { encoderChoice } from "../encoder-choice.ts";
import type { Session } from "../session.ts";

export function register(models: Command, session: Session): void {
	models
		.command("verify")
		.description("opens each model: hashes, sizes, its tokenizer, and its answers against those of its training")
		.argument("[names...]", "names or folders; default: every model at hand")
		.action(async (names: string[]) => {
			const [{ findModelFolder, listModelFolders }, { verifyModel }] = await Promise.all([
				import("@faultline/orchestrator/models/model-folders"),
				import("@faultline/orchestrator/models/verify-model"),
			]);
			const { folders } = await encoderChoice(session);
			const asked =
				names.length > 0
					? await Promise.all(names.map((name) => findModelFolder(name, folders)))
					: [...(await listModelFolders(folders)).values()];
			for (const folder of asked) {
				try {
					const { name, checks } = await verifyModel(folder);
					await session.write(`ok    ${name} (${folder})\n${checks.map((check) => `      ${check}\n`).join("")}`);
				} catch (thrown) {
					const { code, message, hint } = toAppError(thrown);
					session.exitCode = 3;
					await session.write(`FAIL  ${folder}\n      ${code}: ${message}\n${hint === undefined ? "" : `      Try: ${hint}\n`}`);
				}
			}
			if (asked.length === 0) await session.write("There is no model; the lexical encoder, hash, needs none.\n");
		});
}
