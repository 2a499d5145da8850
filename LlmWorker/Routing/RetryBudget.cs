namespace AiPlatform.LlmWorker.Routing;

/// <summary>Bounds the calls that a group makes again elsewhere to a tenth of its traffic, so that failing servers are not drowned in retries. A group
/// that is rarely used may make ten in a row.</summary>
sealed class RetryBudget
{
    const double Share = 0.1;
    const double Most = 10;

    readonly Lock gate = new();
    double left = Most;

    /// <summary>A job came.</summary>
    public void Earn()
    {
        lock (gate)
        {
            left = Math.Min(Most, left + Share);
        }
    }

    /// <returns>Whether one more call may be made.</returns>
    public bool TrySpend()
    {
        lock (gate)
        {
            // A hundred tenths are not quite ten.
            if (left < 1 - 1e-9)
            {
                return false;
            }
            left -= 1;
            return true;
        }
    }
}
