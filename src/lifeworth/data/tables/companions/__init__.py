"""The tables that stand beside the orders, one file each: costs, referrals, surveys, …"""
