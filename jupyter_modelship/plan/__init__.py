"""What will ship and how: options, policy, the plan and its findings. Pure."""
