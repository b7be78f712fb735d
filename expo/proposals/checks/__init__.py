"""What Expo notices in a sponsor's texts, why it matters, and what to write instead. Plain Python, no Django."""
