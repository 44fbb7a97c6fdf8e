/** A `metav1.Status` failure, as the API server answers one. */
export function failure(code: number, reason: string, message: string): object {
	return { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message, reason, code };
}
