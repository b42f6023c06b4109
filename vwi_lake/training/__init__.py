"""Fine-tuning of LLaVA-OneVision on an exported mix. It runs in the training environment (`make setup-train`), as a process that
`vwi train` starts; nothing else of vwi_lake imports it, and it imports nothing that needs the lake.
"""
