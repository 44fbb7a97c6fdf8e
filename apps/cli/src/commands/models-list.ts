import { type Command, Option } from "commander";
import { encoderChoice } from "../encoder-choice.ts";
import { formatJson } from "../format-json.ts";
import type { Session } from "../session.ts";

export function register(models: Command, session: Session): void {
	models
		.command("list")
		.description("the encoders at hand: what they are, whether they are whole, how good they are, how often kept vectors were used")
		.addOption(new Option("-f, --format <format>", "how it is printed").choices(["text", "json"]).default("text"))
		.action(async ({ format }: { format: "text" | "json" }) => {
			const [{ listModels }, { formatModels }] = await Promise.all([
				import("@faultline/orchestrator/models/list-models"),
				import("../format-models.ts"),
			]);
			const list = await listModels(await encoderChoice(session));
			await session.write(format === "json" ? formatJson(list) : formatModels(list, session));
		});
}
