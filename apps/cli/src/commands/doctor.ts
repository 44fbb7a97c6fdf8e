import { type Command, Option } from "commander";
import { placeOf, sourceLauncher } from "../config.ts";
import { formatJson } from "../format-json.ts";
import { createProgress } from "../progress.ts";
import type { Session } from "../session.ts";

export function register(program: Command, session: Session): void {
	program
		.command("doctor")
		.description("every source, native module, store and key: what works, what does not, how to mend it")
		.addOption(new Option("-f, --format <format>", "how it is printed").choices(["text", "json"]).default("text"))
		.action(async ({ format }: { format: "text" | "json" }) => {
			const [{ examine }, { formatDoctor }] = await Promise.all([
				import("@faultline/orchestrator/server/examine"),
				import("../format-doctor.ts"),
			]);
			const progress = createProgress(session);
			progress.update("asking every source what it can reach");
			const examined = await examine(
				placeOf(session.env, session.configPath),
				sourceLauncher(session.verbose),
				session.cancellation(),
			).finally(progress.clear);
			await session.write(format === "json" ? formatJson({ checks: examined }) : formatDoctor(examined, session));
			session.exitCode = examined.some((e) => e.status === "fail") ? 3 : 0;
		});
}
