namespace AiPlatform.Testing;

/// <summary>Accepts a server address as a URL or in its client's own form.</summary>
static class StoreUrl
{
    public static string ToNpgsql(string value)
    {
        if (!IsUrl(value, "postgres://", "postgresql://"))
            return value;
        var url = new Uri(value);
        var (user, password) = Credentials(url);
        var database = Uri.UnescapeDataString(url.AbsolutePath.Trim('/'));
        return $"Host={url.Host};Port={Port(url, 5432)};Username={user};Password={password};Database={database}";
    }

    public static string ToStackExchange(string value)
    {
        if (!IsUrl(value, "redis://"))
            return value;
        var url = new Uri(value);
        var (_, password) = Credentials(url);
        return password.Length > 0 ? $"{url.Host}:{Port(url, 6379)},password={password}" : $"{url.Host}:{Port(url, 6379)}";
    }

    static bool IsUrl(string value, params string[] schemes) => schemes.Any(scheme => value.StartsWith(scheme, StringComparison.Ordinal));

    static int Port(Uri url, int standard) => url.Port > 0 ? url.Port : standard;

    static (string User, string Password) Credentials(Uri url)
    {
        var parts = url.UserInfo.Split(':', 2);
        return (Uri.UnescapeDataString(parts[0]), parts.Length > 1 ? Uri.UnescapeDataString(parts[1]) : "");
    }
}
