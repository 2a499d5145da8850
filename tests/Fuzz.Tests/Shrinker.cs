namespace AiPlatform.Fuzz.Tests;

/// <summary>Makes a request that fails as small as it still fails.</summary>
sealed class Shrinker(Func<FuzzRequest, Task<bool>> fails)
{
    const int MostTries = 200;

    int _tries;

    public async Task<FuzzRequest> ShrinkAsync(FuzzRequest request)
    {
        for (var isSmaller = true; isSmaller;)
        {
            isSmaller = false;
            foreach (var candidate in Smaller(request))
            {
                if (++_tries > MostTries)
                    return request;
                if (!await fails(candidate))
                    continue;
                (request, isSmaller) = (candidate, true);
                break;
            }
        }
        return request;
    }

    static IEnumerable<FuzzRequest> Smaller(FuzzRequest request)
    {
        for (var place = request.Headers.Count - 1; place >= 0; place--)
            yield return request with { Headers = [.. request.Headers.Where((_, other) => other != place)] };
        if (request.IsChunked)
            yield return request with { IsChunked = false };
        if (request.Target.IndexOf('?', StringComparison.Ordinal) is > 0 and var query)
        {
            yield return request with { Target = request.Target[..query] };
            var parameters = request.Target[(query + 1)..].Split('&');
            for (var place = 0; place < parameters.Length && parameters.Length > 1; place++)
                yield return request with { Target = $"{request.Target[..query]}?{string.Join('&', parameters.Where((_, other) => other != place))}" };
        }
        for (var size = request.Body.Length / 2; size > 0; size /= 2)
        {
            for (var from = 0; from + size <= request.Body.Length; from += size)
                yield return request with { Body = [.. request.Body[..from], .. request.Body[(from + size)..]] };
        }
    }
}
