namespace AiPlatform.ModelSimulator.Admin;

/// <summary>Answer of <c>GET /admin/requests</c>.</summary>
/// <param name="Total">Requests since the start or the last reset, kept or not.</param>
/// <param name="Tries">How many of the kept ones were for each model, by the name they gave.</param>
/// <param name="Requests">The newest kept ones, oldest first.</param>
sealed record RequestList(long Total, IReadOnlyDictionary<string, int> Tries, IReadOnlyList<RequestView> Requests);
