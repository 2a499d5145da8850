namespace AiPlatform.ServiceDefaults.Sample;

internal enum LoopEnd
{
    OnShutdown,
    WithFault,
    WithTimeout,
}
