namespace AiPlatform.Api.Requests;

/// <param name="Wait">How long to wait for the final state; zero to answer at once.</param>
sealed record WaitQuery(TimeSpan Wait) : IQuery<WaitQuery>
{
    public static IReadOnlyList<RequestParameter> Parameters { get; } =
        [new("wait", "How long to wait for the final state, such as 30s; at most 60s. Left out, the job is answered as it stands.")];

    public static WaitQuery Read(QueryReader query) => new(query.Duration("wait", Limits.LongestWait));
}
