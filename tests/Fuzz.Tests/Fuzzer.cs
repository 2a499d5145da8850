using System.Collections.Concurrent;

namespace AiPlatform.Fuzz.Tests;

/// <summary>Sends requests over a few connections that are kept, and judges each answer.</summary>
sealed class Fuzzer(FuzzedSystem system)
{
    const int Parallel = 32;

    readonly RequestDraws _requests = new(system.Document, system.Ids, system.HasCallers);
    readonly ConcurrentDictionary<int, int> _statuses = new();
    int _next;

    /// <summary>How often each status was answered.</summary>
    public IReadOnlyDictionary<int, int> Statuses => _statuses;

    /// <returns>The first request that was answered as none may be, made as small as it goes, with what was wrong; null where there is none.</returns>
    public async Task<string?> RunAsync(int seed, int from, int to, CancellationToken ct)
    {
        using var found = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var faults = new ConcurrentQueue<(FuzzRequest Request, string Fault)>();
        _next = from;
        await Task.WhenAll(Enumerable.Range(0, Parallel).Select(async _ =>
        {
            RawConnection? connection = null;
            while (faults.IsEmpty && Interlocked.Increment(ref _next) - 1 is var number && number < to)
            {
                var request = _requests.Draw(new Draws(seed, number));
                (connection, var fault) = await TryAsync(connection, request, ct);
                if (fault is not null)
                    faults.Enqueue((request, fault));
            }
            connection?.Dispose();
        }));
        if (!faults.TryDequeue(out var first))
            return null;
        var small = await new Shrinker(async request => (await TryAsync(null, request, ct)).Fault is not null).ShrinkAsync(first.Request);
        return $"{first.Fault}\nAs a file under tests/Fuzz.Tests/regressions:\n\n{small}\n";
    }

    /// <summary>Sends on the connection, or on a new one.</summary>
    /// <returns>The connection where it can be used again, and what is wrong with the answer.</returns>
    public async Task<(RawConnection? Connection, string? Fault)> TryAsync(RawConnection? kept, FuzzRequest request, CancellationToken ct)
    {
        var connection = kept ?? await RawConnection.OpenAsync(system.Server, ct);
        try
        {
            var (answer, isOpen) = await connection.AskAsync(request.ToBytes(FuzzedSystem.Token, system.OwnersToken), request.Method != "HEAD", ct);
            _statuses.AddOrUpdate(answer.Status, 1, (_, count) => count + 1);
            var fault = system.Verdict.Fault(request, answer);
            await system.UndoAsync(request, answer);
            if (!isOpen)
                connection.Dispose();
            return (isOpen ? connection : null, fault is null ? null : $"{fault}\n{answer}");
        }
        catch (EndOfStreamException) when (kept is not null)
        {
            // It had been idle for as long as the server keeps one, or what was sent before had no end that it could find.
            connection.Dispose();
            return await TryAsync(null, request, ct);
        }
        catch (Exception broken) when (broken is EndOfStreamException or InvalidDataException or TimeoutException)
        {
            connection.Dispose();
            return (null, broken.Message);
        }
    }
}
