using System.Net;

namespace AiPlatform.ServiceDefaults.Tests;

public sealed class ClientAddressTests
{
    [Theory]
    [InlineData("192.0.2.1", "::ffff:192.0.2.1", true)]
    [InlineData("192.0.2.1", "192.0.2.2", false)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:2:ffff:ffff:ffff:ffff", true)]
    [InlineData("2001:db8:1:2::1", "2001:db8:1:3::1", false)]
    [InlineData("fe80::1%1", "fe80::1%2", true)]
    public void A_client_is_an_address_and_of_IPv6_a_network(string one, string other, bool isSame) =>
        Assert.Equal(isSame, ClientAddress.Key(IPAddress.Parse(one)) == ClientAddress.Key(IPAddress.Parse(other)));
}
