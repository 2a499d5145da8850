namespace AiPlatform.ModelSimulator.Admin;

/// <summary>Answer of <c>GET /admin/requests</c>.</summary>
/// <param name="Total">Requests since the start or the last reset, kept or not.</param>
/// <param name="Requests">The newest kept ones, oldest first.</param>
sealed record RequestList(long Total, IReadOnlyList<RequestView> Requests);
