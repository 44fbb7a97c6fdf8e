import type { ErrorCode } from "@faultline/contracts";

/** The caller can mend it (2), or no answer is possible now (3); a cancel is 130, as a shell has it. */
export function toExitCode(code: ErrorCode): number {
	if (code === "BAD_INPUT" || code === "BAD_CONFIG" || code === "NOT_FOUND") return 2;
	return code === "CANCELLED" ? 130 : 3;
}
