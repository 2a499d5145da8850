using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.Extensions.Options;

namespace AiPlatform.Api.Callbacks;

/// <summary>Signs as the Standard Webhooks specification 1.0.0 says (https://www.standardwebhooks.com).</summary>
sealed class CallbackSignature(IOptions<CallbackOptions> options)
{
    const string Base64Prefix = "whsec_";

    /// <summary>The least the specification allows.</summary>
    const int LeastKeyBytes = 24;

    // A secret that is no key stopped the start.
    readonly IReadOnlyList<byte[]> _keys = [.. options.Value.Secrets.Select(KeyOf).OfType<byte[]>()];

    /// <summary>False where there is no secret.</summary>
    public bool IsPossible => _keys.Count > 0;

    /// <summary>The value of <c>webhook-signature</c>: one signature a secret.</summary>
    public string Sign(string id, DateTimeOffset at, ReadOnlySpan<byte> body)
    {
        var head = Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{id}.{at.ToUnixTimeSeconds()}."));
        var signatures = new List<string>(_keys.Count);
        foreach (var key in _keys)
        {
            using var hmac = IncrementalHash.CreateHMAC(HashAlgorithmName.SHA256, key);
            hmac.AppendData(head);
            hmac.AppendData(body);
            signatures.Add("v1," + Convert.ToBase64String(hmac.GetHashAndReset()));
        }
        return string.Join(' ', signatures);
    }

    /// <returns>Null where the secret is too short or not what its prefix says.</returns>
    public static byte[]? KeyOf(string secret)
    {
        byte[] key;
        try
        {
            key = secret.StartsWith(Base64Prefix, StringComparison.Ordinal)
                ? Convert.FromBase64String(secret[Base64Prefix.Length..])
                : Encoding.UTF8.GetBytes(secret);
        }
        catch (FormatException)
        {
            return null;
        }
        return key.Length >= LeastKeyBytes ? key : null;
    }
}
