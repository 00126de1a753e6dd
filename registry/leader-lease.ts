/** The name of the lease that makes a controller the leader. */

export const leaderLease = 'leader';
