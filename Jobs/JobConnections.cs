using System.Collections.Frozen;
using System.Globalization;
using System.Security.Cryptography;
using AiPlatform.Jobs.Index;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Npgsql;
using StackExchange.Redis;

namespace AiPlatform.Jobs;

/// <summary>Where Postgres and Redis are. Aspire's names win over the plain ones.</summary>
public static class JobConnections
{
    /// <summary>Seconds to wait for a connection; a longer or unlimited wait would only pile callers up before a server that is away.</summary>
    const int MostConnectSeconds = 5;

    /// <summary>Connections a process, unless the address says otherwise, beside those of <see cref="Store.PinnedPlans"/>. Postgres allows 100 by
    /// default, which several processes share.</summary>
    const int MostConnections = 12;

    /// <summary>Seconds for a statement, where the connection string does not say otherwise. The longest of them take a fraction; what takes longer
    /// is a connection whose other end is gone without a word.</summary>
    const int StatementSeconds = 15;

    const int RedisPingSeconds = 3;

    /// <summary>What the client would ask for beside the queue's own commands: settings of the server, and a key and a channel by which it chooses a
    /// primary. Its user has no right to any of it (<c>deploy/redis/users.acl</c>).</summary>
    static readonly string[] Spared = ["configChannel=", "tiebreaker=", "$CONFIG="];
    const string CaFile = "REDIS_CA_FILE";

    /// <summary>What the parameters of a Postgres URL are called in Npgsql; others are taken as they are.</summary>
    static readonly FrozenDictionary<string, string> UrlParameters = new Dictionary<string, string>
    {
        ["sslmode"] = "SSL Mode",
        ["sslrootcert"] = "Root Certificate",
        ["connect_timeout"] = "Timeout",
        ["application_name"] = "Application Name",
    }.ToFrozenDictionary();

    /// <summary>Gives the pool of connections a name for telemetry, which would be the connection string otherwise.</summary>
    public static void Describe(NpgsqlDataSourceBuilder source) => source.Name = "jobs";

    extension(IHostApplicationBuilder builder)
    {
        /// <summary>Makes <c>ConnectionStrings:jobs</c> and <c>:redis</c> from <c>DATABASE_URL</c> and <c>REDIS_URL</c> where they are not given, and
        /// adds what the queue relies on: prepared statements and time limits. To be called before the clients are added.
        /// An address that is missing or cannot be read stops the start with the other settings that are not valid.</summary>
        public IHostApplicationBuilder AddJobConnections()
        {
            builder.Use("jobs", "DATABASE_URL", text => Postgres(text, builder.Environment.ApplicationName));
            builder.Use("redis", "REDIS_URL", text => Readable(Sparing(KeptAlive(Redis(text)))));
            return builder;
        }

        /// <summary>What <c>REDIS_CA_FILE</c> makes of the connections to Redis; for <c>AddRedisClient</c>. A file that cannot be read stops the start.</summary>
        public Action<ConfigurationOptions> TrustOfRedis()
        {
            if (builder.Configuration[CaFile]?.Trim() is not { Length: > 0 } file)
            {
                return _ => { };
            }
            try
            {
                if (builder.Configuration.GetConnectionString("redis")?.Contains("ssl=true", StringComparison.OrdinalIgnoreCase) == false)
                {
                    throw new InvalidDataException("and REDIS_URL is without TLS, which begins with rediss");
                }
                var trust = RedisTrust.Of(file);
                builder.Services.AddSingleton(trust);
                return options => options.CertificateValidation += (_, shown, given, errors) => trust.Accepts(shown, given, errors);
            }
            catch (Exception failure) when (failure is IOException or InvalidDataException or UnauthorizedAccessException or CryptographicException)
            {
                builder.Services.AddOptions<JobsOptions>()
                    .Validate(_ => false, $"{CaFile} is '{file}': a file with certificates in PEM is expected; {failure.Message}").ValidateOnStart();
                return _ => { };
            }
        }

        void Use(string name, string variable, Func<string, string> read)
        {
            var text = builder.Configuration.GetConnectionString(name) ?? builder.Configuration[variable];
            if (string.IsNullOrWhiteSpace(text) && new[] { $"ConnectionStrings:{name}_FILE", $"{variable}_FILE" }.Any(file => !string.IsNullOrWhiteSpace(builder.Configuration[file])))
            {
                // Who reads the files has said why it is not there.
                return;
            }
            try
            {
                var connection = string.IsNullOrWhiteSpace(text)
                    ? throw new FormatException($"{variable} is not set: an address is expected, here or in ConnectionStrings__{name}.")
                    : read(text);
                builder.Configuration.AddInMemoryCollection([KeyValuePair.Create<string, string?>($"ConnectionStrings:{name}", connection)]);
            }
            catch (FormatException failure)
            {
                builder.Services.AddOptions<JobsOptions>().Validate(_ => false, failure.Message).ValidateOnStart();
            }
        }
    }

    /// <summary>Reads <c>postgres://user:password@host:port/database?sslmode=require</c> or Npgsql's own form.</summary>
    /// <exception cref="FormatException">Neither. The message does not repeat the value, which may hold a password.</exception>
    internal static string Postgres(string text, string application)
    {
        try
        {
            var settings = text.Contains("://", StringComparison.Ordinal) ? FromUrl(new Uri(text)) : new NpgsqlConnectionStringBuilder(text);
            settings.ApplicationName ??= application;
            settings.Timeout = settings.Timeout is 0 or > MostConnectSeconds ? MostConnectSeconds : settings.Timeout;
            // ContainsKey answers whether a keyword exists, not whether it was given.
            settings.MaxPoolSize = settings.Keys.Any(key => key is "Maximum Pool Size") ? settings.MaxPoolSize : MostConnections;
            settings.CommandTimeout = settings.Keys.Any(key => key is "Command Timeout") ? settings.CommandTimeout : StatementSeconds;
            settings.KeepAlive = settings.KeepAlive == 0 ? 30 : settings.KeepAlive;
            return settings.ConnectionString;
        }
        catch (Exception failure) when (failure is FormatException or ArgumentException)
        {
            // Without the cause: it may repeat a piece of the value.
            throw new FormatException("DATABASE_URL is neither 'postgres://user:password@host:port/database' nor an Npgsql connection string.");
        }
    }

    static NpgsqlConnectionStringBuilder FromUrl(Uri url)
    {
        if (url.Scheme is not ("postgres" or "postgresql") || url.AbsolutePath.Length < 2)
        {
            throw new UriFormatException("Not a Postgres URL with a database.");
        }
        var user = url.UserInfo.Split(':', 2);
        var settings = new NpgsqlConnectionStringBuilder
        {
            Host = url.Host,
            Port = url.IsDefaultPort ? 5432 : url.Port,
            Database = Uri.UnescapeDataString(url.AbsolutePath[1..]),
        };
        if (user[0].Length > 0)
        {
            settings.Username = Uri.UnescapeDataString(user[0]);
        }
        if (user.Length == 2)
        {
            settings.Password = Uri.UnescapeDataString(user[1]);
        }
        foreach (var pair in url.Query.TrimStart('?').Split('&', StringSplitOptions.RemoveEmptyEntries))
        {
            var (name, value) = pair.Split('=', 2) is [var left, var right]
                ? (Uri.UnescapeDataString(left), Uri.UnescapeDataString(right))
                : throw new UriFormatException("A parameter without a value.");
            // Npgsql spells the modes of sslmode without hyphens.
            settings[UrlParameters.GetValueOrDefault(name, name)] = name == "sslmode" ? value.Replace("-", "", StringComparison.Ordinal) : value;
        }
        return settings;
    }

    /// <summary>Reads <c>redis://:password@host:port/database</c> (<c>rediss</c> for TLS) or StackExchange.Redis' own form.</summary>
    /// <exception cref="FormatException">Neither. The message does not repeat the value, which may hold a password.</exception>
    internal static string Redis(string text)
    {
        if (!text.Contains("://", StringComparison.Ordinal))
        {
            return text;
        }
        if (!Uri.TryCreate(text, UriKind.Absolute, out var url) || url.Scheme is not ("redis" or "rediss") || url.Host.Length == 0
            || !TryReadDatabase(url.AbsolutePath, out var database))
        {
            throw new FormatException("REDIS_URL is neither 'redis://:password@host:port/database' nor a StackExchange.Redis configuration.");
        }
        var (user, password) = url.UserInfo.Split(':', 2) is [var name, var secret] ? (name, secret) : ("", url.UserInfo);
        password = Uri.UnescapeDataString(password);
        if (user is not ("" or "default"))
        {
            throw new FormatException("REDIS_URL names a user; only the default user's password is supported: 'redis://:password@host:port'.");
        }
        if (password.Contains(','))
        {
            throw new FormatException("The password in REDIS_URL holds a comma, which a StackExchange.Redis configuration cannot express.");
        }
        return $"{url.Host}:{(url.Port < 0 ? 6379 : url.Port)}"
            + (password.Length > 0 ? $",password={password}" : "")
            + (database > 0 ? $",defaultDatabase={database}" : "")
            + (url.Scheme == "rediss" ? ",ssl=true" : "");
    }

    /// <summary>Since its version 2.7 the client gives a silent connection up after four times its ping. By default that is four minutes, in which the
    /// process counts Redis as away and, if it leads the maintenance, leaves the index to itself.</summary>
    internal static string KeptAlive(string configuration) =>
        configuration.Contains("keepAlive=", StringComparison.OrdinalIgnoreCase) ? configuration : $"{configuration},keepAlive={RedisPingSeconds}";

    internal static string Sparing(string configuration) => string.Join(
        ',', [configuration, .. Spared.Where(option => !configuration.Contains(option, StringComparison.OrdinalIgnoreCase))]);

    /// <exception cref="FormatException">The client would refuse it later, in words that repeat a piece of it.</exception>
    static string Readable(string configuration)
    {
        try
        {
            ConfigurationOptions.Parse(configuration);
            return configuration;
        }
        catch (Exception failure) when (failure is ArgumentException or FormatException)
        {
            throw new FormatException("REDIS_URL is neither 'redis://:password@host:port/database' nor a StackExchange.Redis configuration.");
        }
    }

    static bool TryReadDatabase(string path, out int database)
    {
        database = 0;
        return path is "" or "/" || int.TryParse(path.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out database);
    }
}
