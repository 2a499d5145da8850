using System.Diagnostics;
using AiPlatform.Api.Access;
using AiPlatform.Api.Errors;
using AiPlatform.Api.Requests;
using AiPlatform.Contracts;
using AiPlatform.Jobs;

namespace AiPlatform.Api.Admin;

/// <summary>Changes callers as an administrator asks, and makes this process see it at once.</summary>
sealed partial class CallerDesk(CallerStore store, CallerDirectory directory, TimeProvider time, ILogger<CallerDesk> logger)
{
    static readonly TimeSpan LongestOverlap = TimeSpan.FromDays(90);

    public async Task<(IssuedToken? Issued, ProblemResult? Problem)> CreateAsync(CreateCaller call, string actor, CancellationToken cancellationToken)
    {
        var errors = new InputErrors();
        var caller = CallerRules.Read(call.Name!, call, path: "", errors);
        CheckEnd("expires_at", call.ExpiresAt, errors);
        CheckEnd("token_expires_at", call.TokenExpiresAt, errors);
        if (errors.Any)
            return (null, Problems.Invalid(errors));
        var (token, stored) = CallerTokens.Make(call.TokenExpiresAt?.ToUniversalTime());
        var change = await store.CreateAsync(caller, call.ExpiresAt?.ToUniversalTime(), stored, directory.HasNoServiceToken, actor, cancellationToken);
        var (view, problem) = await AnswerAsync(change, "created", caller.Name, Guid.Empty, actor, cancellationToken);
        return (view is null ? null : new IssuedToken(token, stored.Id, view), problem);
    }

    public async Task<(CallerView? View, ProblemResult? Problem)> ChangeAsync(string name, CallerSettings call, string actor, CancellationToken cancellationToken)
    {
        var errors = new InputErrors();
        var caller = CallerRules.Read(name, call, path: "", errors);
        if (errors.Any)
            return (null, Problems.Invalid(errors));
        var change = await store.ChangeAsync(caller, call.ExpiresAt?.ToUniversalTime(), directory.HasNoServiceToken, actor, cancellationToken);
        return await AnswerAsync(change, "changed", name, Guid.Empty, actor, cancellationToken);
    }

    public async Task<(IssuedToken? Issued, ProblemResult? Problem)> AddTokenAsync(string name, CreateToken call, string actor, CancellationToken cancellationToken)
    {
        var errors = new InputErrors();
        CheckEnd("expires_at", call.ExpiresAt, errors);
        var overlap = default(TimeSpan?);
        if (call.ExpireOthersIn is { } text)
        {
            if (DurationField.Fault(text, TimeSpan.Zero, LongestOverlap) is { } fault)
                errors.Add("expire_others_in", fault);
            overlap = Durations.TryParse(text, out var duration) ? duration : null;
        }
        if (errors.Any)
            return (null, Problems.Invalid(errors));
        var (token, stored) = CallerTokens.Make(call.ExpiresAt?.ToUniversalTime());
        var change = await store.AddTokenAsync(name, stored, overlap, directory.HasNoServiceToken, actor, time.GetUtcNow(), cancellationToken);
        var (view, problem) = await AnswerAsync(change, "given a token", name, stored.Id, actor, cancellationToken);
        return (view is null ? null : new IssuedToken(token, stored.Id, view), problem);
    }

    public async Task<(CallerView? View, ProblemResult? Problem)> RevokeTokenAsync(string name, Guid token, string actor, CancellationToken cancellationToken) =>
        await AnswerAsync(
            await store.RevokeTokenAsync(name, token, directory.HasNoServiceToken, actor, cancellationToken), "deprived of a token", name, token, actor, cancellationToken);

    public async Task<(CallerView? View, ProblemResult? Problem)> RevokeAsync(string name, string actor, CancellationToken cancellationToken) =>
        await AnswerAsync(await store.RevokeAsync(name, directory.HasFile, directory.HasNoServiceToken, actor, cancellationToken), "revoked", name, Guid.Empty, actor, cancellationToken);

    async Task<(CallerView? View, ProblemResult? Problem)> AnswerAsync(
        CallerChange change, string done, string name, Guid token, string actor, CancellationToken cancellationToken)
    {
        if (change is not CallerChange.Done changed)
            return (null, Refusal(change, name, token));
        LogChanged(logger, name, done, actor);
        try
        {
            await directory.RefreshAsync(cancellationToken);
        }
        catch (StoreUnavailableException)
        {
            // It is done, and a token in the answer is shown this once: the directory sees it by itself when the store is back.
        }
        return (CallerViews.Of(changed.Caller), null);
    }

    static ProblemResult Refusal(CallerChange change, string name, Guid token) => change switch
    {
        CallerChange.NotFound => Problems.NoSuchCaller(name),
        CallerChange.NoSuchToken => Problems.NoSuchToken(name, token),
        CallerChange.NameTaken { By.RevokedAt: not null } => Problems.CallerConflict($"The name '{name}' was that of a caller that is revoked; choose another one."),
        CallerChange.NameTaken => Problems.CallerConflict($"There is a caller '{name}' already; choose another name."),
        CallerChange.OfFile => Problems.CallerConflict($"The caller '{name}' comes from CALLERS_FILE; change it there."),
        CallerChange.Revoked => Problems.CallerConflict($"The caller '{name}' is revoked, for good; make another one."),
        CallerChange.TenantConflict conflict => Problems.CallerConflict(
            $"The owner service '{Shown.Name(conflict.OwnerService)}' {conflict.Why}"),
        CallerChange.FirstIsNoAdmin => Problems.Invalid(
            "roles", "must have admin, on a caller and a token without an end: from the first caller on tokens are asked for, and without AI_SERVICE_TOKEN nobody else could make further ones."),
        CallerChange.LastAdmin => Problems.CallerConflict(
            $"The caller '{name}' is the last administrator that stays, and AI_SERVICE_TOKEN is not set: nobody could make callers any more. Make another administrator first."),
        CallerChange.TooMany => Problems.CallerConflict($"There are {CallerStore.MostCallers} callers, revoked ones too, and no more are kept."),
        CallerChange.TooManyTokens => Problems.CallerConflict($"The caller '{name}' has {CallerStore.MostTokens} tokens that have not ended; revoke one first."),
        _ => throw new UnreachableException(change.GetType().Name),
    };

    void CheckEnd(string field, DateTimeOffset? end, InputErrors errors)
    {
        if (end is { } given && given <= time.GetUtcNow())
            errors.Add(field, "must be in the future.");
    }

    [LoggerMessage(1064, LogLevel.Information, "The caller {Name} was {Done} by {Actor}.")]
    static partial void LogChanged(ILogger logger, string name, string done, string actor);
}
