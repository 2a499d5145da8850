using AiPlatform.Contracts;
using AiPlatform.LlmWorker.Chat;
using AiPlatform.WorkerRuntime.Providers;

namespace AiPlatform.LlmWorker.Routing;

/// <summary>The way of one chat: which deployments were asked, and which is to be asked next.</summary>
/// <param name="chain">The job's group, then those it may fall back to.</param>
sealed class Route(IReadOnlyList<DeploymentGroup> chain, int expectedTokens, JobPriority priority, Random random)
{
    /// <summary>Calls of one run of a job, over all groups.</summary>
    const int MostCalls = 3;

    /// <summary>Of these in one group, as long as there is another to fall back to.</summary>
    const int MostCallsBeforeFallback = 2;

    readonly List<(Deployment Deployment, ProviderFailure Failure)> asked = [];
    readonly int deployments = chain.SelectMany(group => group.Deployments).Distinct().Count();
    int at;
    int askedHere;
    bool isTooLong;
    bool isFree;
    int? tooSmall;
    bool isRepeated;

    /// <summary>Whether more than one deployment could answer it.</summary>
    public bool HasOthers => deployments > 1;

    /// <summary>Whether nobody can be asked now because those who could be have no place.</summary>
    public bool IsFull { get; private set; }

    /// <summary>Takes a place at the deployment that is to be asked next.</summary>
    /// <param name="continues">Only one that can go on with an answer.</param>
    /// <returns>Null where nobody is left to be asked, or <see cref="IsFull"/>.</returns>
    public (Deployment Deployment, DeploymentGroup Group, CircuitBreaker.Pass Pass)? Next(bool continues)
    {
        IsFull = false;
        if (deployments == 1)
        {
            // With nothing to choose from, a call that may fail is better than none.
            var only = chain[0].Deployments[0];
            return asked.Count == 0 && (!continues || only.Provider.Continues)
                ? Insist(only, chain[0])
                : continues ? Again() : null;
        }
        for (var i = at; i < chain.Count && asked.Count < MostCalls; i++)
        {
            var isLast = i == chain.Count - 1;
            if ((isLast || i > at || askedHere < MostCallsBeforeFallback) && NextOf(chain[i], continues) is var (deployment, pass))
            {
                if (!MayAsk())
                {
                    deployment.Breaker.Abandoned(pass);
                    deployment.Places.Return();
                    return null;
                }
                (at, askedHere) = (i, i > at ? 1 : askedHere + 1);
                return (deployment, chain[i], pass);
            }
            if (IsFull)
            {
                return null;
            }
        }
        return asked.Count == 0 ? LastResort(continues) : continues ? Again() : null;
    }

    /// <summary>Notes that a deployment failed.</summary>
    public void Failed(Deployment deployment, ProviderFailure failure, NextStep step)
    {
        asked.Add((deployment, failure));
        isFree = step is NextStep.Larger or NextStep.OtherKind;
        if (step == NextStep.Larger)
        {
            (isTooLong, tooSmall) = (true, deployment.MaxContextTokens ?? tooSmall);
        }
    }

    public ProviderFailure LastFailure => asked[^1].Failure;

    /// <summary>Of those that may have worked at it the last; null where there was none: who refuses a request does not work at it.</summary>
    public ProviderFailure? LastTried => asked.Select(call => call.Failure).LastOrDefault(failure => failure.Category != ErrorCategories.ProviderRejected);

    /// <summary>Why there is no answer, once nobody is left to be asked.</summary>
    public ProviderFailure Failure()
    {
        if (asked.Count > 0 && (!HasOthers || IsAnyoneLeft()))
        {
            return asked[^1].Failure;
        }
        if (asked.Count > 0 && asked.All(call => call.Failure.Category == ErrorCategories.ProviderRejected))
        {
            // That the prompt is too long is what its caller can do something about.
            return asked.Select(call => call.Failure).FirstOrDefault(failure => failure.Type == ContextOverflow.Type) ?? asked[^1].Failure;
        }
        var rest = chain.SelectMany(group => group.Deployments).Min(deployment => deployment.Breaker.Left);
        var when = rest > TimeSpan.Zero && rest < TimeSpan.MaxValue ? $" {ProvidersRest.Sentence(rest)}" : "";
        var why = asked.Count > 0
            ? string.Join(' ', asked.Select(call => call.Failure.Message))
            : "Their servers asked to be left alone.";
        return new ProviderFailure(
            ErrorCategories.ProvidersExhausted,
            $"No model of {string.Join(" or ", chain.Select(group => $"'{group.Name}'"))} can answer now. {why}{when}",
            "exhausted",
            when.Length > 0 ? rest : null);
    }

    /// <summary>The one that broke off, once more: nobody else can go on with its answer.</summary>
    (Deployment Deployment, DeploymentGroup Group, CircuitBreaker.Pass Pass)? Again()
    {
        if (isRepeated || asked.Count is 0 or >= MostCalls || asked[^1].Deployment is not { Provider.Continues: true } last
            || Insist(last, chain.First(group => group.Deployments.Contains(last))) is not { } again)
        {
            return null;
        }
        if (!MayAsk())
        {
            last.Places.Return();
            return null;
        }
        isRepeated = true;
        return again;
    }

    (Deployment Deployment, DeploymentGroup Group, CircuitBreaker.Pass Pass)? Insist(Deployment deployment, DeploymentGroup group)
    {
        if (!deployment.Places.TryTake(priority))
        {
            IsFull = true;
            return null;
        }
        return (deployment, group, deployment.Breaker.TryEnter(insists: true)!.Value);
    }

    (Deployment Deployment, CircuitBreaker.Pass Pass)? NextOf(DeploymentGroup group, bool continues)
    {
        var able = group.Deployments.Where(deployment => IsUsable(deployment) && (!continues || deployment.Provider.Continues)).ToList();
        while (able.Count > 0)
        {
            var chosen = able[Choice.Of([.. able.Select(deployment => deployment.Candidate(expectedTokens))], random)];
            if (chosen.Breaker.TryEnter(insists: false) is { } pass)
            {
                if (chosen.Places.TryTake(priority))
                {
                    IsFull = false;
                    return (chosen, pass);
                }
                chosen.Breaker.Abandoned(pass);
                IsFull = true;
            }
            able.Remove(chosen);
        }
        return null;
    }

    /// <summary>All rest: of the last group the one that has the least of its rest left, unless its server asked for it.</summary>
    (Deployment Deployment, DeploymentGroup Group, CircuitBreaker.Pass Pass)? LastResort(bool continues)
    {
        var deployment = chain[^1].Deployments.Where(deployment => !deployment.Breaker.IsAskedFor && (!continues || deployment.Provider.Continues)).MinBy(deployment => deployment.Breaker.Left);
        return deployment is null ? null : Insist(deployment, chain[^1]);
    }

    /// <summary>A call after a failure costs some of the budget; one because the request was nothing for that server does not.</summary>
    bool MayAsk() => asked.Count == 0 || isFree || chain[0].Budget.TrySpend();

    bool IsUsable(Deployment deployment) =>
        asked.All(call => call.Deployment != deployment)
        && (!isTooLong || deployment.MaxContextTokens > (tooSmall ?? 0));

    bool IsAnyoneLeft() => chain.SelectMany(group => group.Deployments).Any(deployment => IsUsable(deployment) && deployment.Breaker.Left == TimeSpan.Zero);
}
