namespace AiPlatform.ServiceDefaults.Sample;

enum LoopEnd
{
    OnShutdown,
    WithFault,
    WithTimeout,
    WithSecret,
}
