const NAMES = ["TRACE", "DEBUG", "INFO", "WARN", "ERROR", "FATAL"];

/** OpenTelemetry's short name of a SeverityNumber (1-24); undefined for 0, unknown. */
export const severityName = (severity: number): string | undefined => NAMES[Math.ceil(severity / 4) - 1];
