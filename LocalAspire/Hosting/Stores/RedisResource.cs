using System.Net.Sockets;
using System.Text;
using Aspire.Hosting.Runtime;

namespace Aspire.Hosting.ApplicationModel;

public class RedisResource : ContainerResource, IResourceWithConnectionString
{
    readonly ParameterResource _password;

    internal RedisResource(string name, ParameterResource password, int? port) : base(name)
    {
        _password = password;
        Plan.Endpoints.Add(new EndpointAnnotation("tcp", "tcp", port, targetPort: 6379, isProxied: null));
        PrimaryEndpoint = new EndpointReference(this, "tcp");
    }

    public EndpointReference PrimaryEndpoint { get; }

    public async ValueTask<string?> GetConnectionStringAsync(CancellationToken cancellationToken = default) =>
        $"{PrimaryEndpoint.Host}:{PrimaryEndpoint.Port},password={await _password.GetValueAsync(cancellationToken)}";

    internal override async Task<IReadOnlyList<ProcessStart>> PrepareAsync(LocalContext context, CancellationToken cancellationToken)
    {
        var program = ServerPackage.FindRedis();
        var folder = Directory.CreateDirectory(context.Data.For(this)).FullName;
        var file = Path.Combine(folder, "redis.conf");
        // Every key can be rebuilt from Postgres, so nothing is saved; and a key must never vanish because memory is short.
        // A file, because a password among the arguments is visible to every user of the machine.
        await File.WriteAllTextAsync(
            file,
            $"""
            bind 127.0.0.1
            port {PrimaryEndpoint.Port}
            requirepass {await _password.GetValueAsync(cancellationToken)}
            dir "{folder}"
            appendonly no
            save ""
            maxmemory-policy noeviction
            """,
            cancellationToken);
        File.SetUnixFileMode(file, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return [new ProcessStart([program, file], folder)];
    }

    internal override async Task<bool> IsHealthyAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var client = new TcpClient();
            await client.ConnectAsync("127.0.0.1", PrimaryEndpoint.Port, cancellationToken);
            await using var stream = client.GetStream();
            var greeting = $"AUTH {await _password.GetValueAsync(cancellationToken)}\r\nPING\r\n";
            await stream.WriteAsync(Encoding.ASCII.GetBytes(greeting), cancellationToken);
            using var reader = new StreamReader(stream, Encoding.ASCII);
            return await reader.ReadLineAsync(cancellationToken) == "+OK" && await reader.ReadLineAsync(cancellationToken) == "+PONG";
        }
        catch (Exception exception) when (exception is SocketException or IOException)
        {
            return false;
        }
    }
}
