using System.ComponentModel.DataAnnotations;

namespace AiPlatform.InfraSidecar.Containers;

/// <summary>The address of a container engine.</summary>
[AttributeUsage(AttributeTargets.Property)]
sealed class EngineAddressAttribute() : ValidationAttribute(
    "it must be the path of a socket, such as unix:///var/run/docker.sock, or an address without path and password, such as http://socket-proxy:2375.")
{
    public override bool IsValid(object? value) => value is null or "" || (value is string text && EngineAddress.TryParse(text, out _));
}
